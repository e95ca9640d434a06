"""One run of the load program against one proxy: what it counted, and what that cost the proxy."""

import json
import subprocess
import threading
import time
from dataclasses import dataclass

from harness import machine
from harness.proxies import RunFailed

LONGEST_RUN = 3600  # with all rounds, and the turns of others in between
# Others' use of a core is only known in clock ticks.
SHORTEST_WATCH = 0.2


@dataclass
class Outcome:
    counted: dict  # what the load program printed
    seconds: float  # of the measured part
    cpu: float  # seconds of the proxy in it
    busy: float  # seconds of the proxy's core in it

    def __getitem__(self, name):
        return self.counted[name]

    @property
    def foreign(self):
        """Share in which the proxy's core worked for somebody else. None: not known."""
        # A proxy on more than one core is left out: which core its time was spent on is not known.
        watched = self.seconds >= SHORTEST_WATCH and self.cpu <= self.busy + 0.05
        return max(0.0, self.busy - self.cpu) / self.seconds if watched else None


def total(outcomes):
    """Of several of the same as one."""
    counted = {name: sum(outcome[name] for outcome in outcomes) for name in outcomes[0].counted if name != "reasons"}
    return Outcome(counted, *(sum(getattr(outcome, name) for outcome in outcomes) for name in ("seconds", "cpu", "busy")))


class Load:
    """A started load program that has opened and warmed up, and waits."""

    def __init__(self, binary, cores, proxy, mode, **options):
        command = [binary, f"--mode={mode}", f"--target=127.0.0.1:{proxy.port}"]
        command += [f"--{name}={value}" for name, value in options.items()]
        self.proxy = proxy
        self._measured = False
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=machine.confine(cores),
        )
        self._watch = threading.Timer(LONGEST_RUN, self._process.kill)
        self._watch.daemon = True
        self._watch.start()

    def __enter__(self):
        if self._line() != "ready":
            raise RunFailed(self._last_words())
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.stderr.close()
        self._process.wait()
        self._watch.cancel()

    def measure(self):
        """The measured part, or one more of the same. Raises RunFailed when anything went wrong in it."""
        if self._measured:
            self._tell("again")
            if self._line() != "ready":
                raise RunFailed(self._last_words())
        self._measured = True
        cpu, busy, begin = self._spent()
        self._tell("")
        text = self._line()
        cpu, busy, seconds = (after - before for after, before in zip(self._spent(), (cpu, busy, begin)))
        if not text.startswith("{"):
            raise RunFailed(self._last_words())
        counted = json.loads(text)
        if counted["errors"]:
            raise RunFailed(f"{counted['errors']} errors: {'; '.join(counted['reasons'])}")
        return Outcome(counted, seconds, cpu, busy)

    def _spent(self):
        return self.proxy.cpu(), machine.busy_seconds(machine.PROXY_CORE), time.monotonic()

    def _tell(self, word):
        try:
            self._process.stdin.write(word + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise RunFailed(self._last_words()) from error

    def _line(self):
        return self._process.stdout.readline().strip()

    def _last_words(self):
        self._process.kill()
        return self._process.stderr.read().strip() or "the load program ended without a word"
