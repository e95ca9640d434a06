"""Proxies that are measured at the same time, and bear their load by turns of a fraction of a second."""

import threading
import time
from contextlib import contextmanager

# Seconds between two turns. Whoever got the last message on a connection acknowledges it 40 ms later, where it has nothing to
# send: thousands of such segments, which the next one would pay for.
QUIET = 0.06


class Turns:
    """For one thread for each of `names`, which takes its turn as often as each of the others."""

    def __init__(self, names):
        # There and back: whoever comes first in the one comes last in the other, and nobody always behind the same one.
        self._names = [*names, *reversed(names)]
        self._at = 0
        self._all_here = threading.Barrier(len(names))
        self._moved = threading.Condition()
        self._over = False

    def meet(self):
        """Returns when all have called it. Raises BrokenBarrierError when one of them never will."""
        self._all_here.wait()

    @contextmanager
    def of(self, name):
        """The next turn of that name. Raises BrokenBarrierError when another one has failed."""
        with self._moved:
            self._moved.wait_for(lambda: self._over or self._names[self._at] == name)
            if self._over:
                raise threading.BrokenBarrierError
        yield
        time.sleep(QUIET)
        with self._moved:
            self._at = (self._at + 1) % len(self._names)
            self._moved.notify_all()

    @contextmanager
    def together(self):
        """What is thrown within ends the turns of all."""
        try:
            yield
        except BaseException:
            self.abort()
            raise

    def abort(self):
        self._all_here.abort()
        with self._moved:
            self._over = True
            self._moved.notify_all()
