"""Waiting for something to become true, with a deadline instead of a fixed pause."""

import select
import time

PATIENCE = 15.0  # seconds until a wait is a failure; generous, because two tests share two cores with a sanitizer
_TICK_MS = 5


class Overdue(AssertionError):
    """What was waited for did not happen before the deadline."""


def eventually(probe, what, seconds=PATIENCE):
    """Returns the first true value of probe(). Files and /proc send no event, so they are looked at again and again."""
    deadline = time.monotonic() + seconds
    ticker = select.poll()
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Overdue(f"after {seconds:g} s still waiting for {what}")
        ticker.poll(_TICK_MS)
