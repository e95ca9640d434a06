"""The trend backend: the whole history and a downsampled one, their progress, and the live points behind them."""

import array
import asyncio
import struct
import subprocess
import unittest

from examples.backends import BINARIES, BackendCase
from support.waiting import PATIENCE

MEGABYTE = 1024 * 1024
HISTORY, LIVE = 1, 2
SLOW = ("--interval", "3600")  # no live point while a test looks at the history


def decode(message):
    """(kind, sent, total, times, values) of a frame, read by another implementation than that of the page."""
    kind, count, sent, total = struct.unpack_from("<4I", message)
    assert len(message) == 16 + count * 12, len(message)
    times, values = array.array("d"), array.array("f")
    times.frombytes(message[16 : 16 + count * 8])
    values.frombytes(message[16 + count * 8 :])
    return kind, sent, total, times, values


async def receive(client):
    return decode(await asyncio.wait_for(client.recv(), PATIENCE))


class TrendCase(BackendCase):
    async def history(self, client):
        """All points up to where the progress says that they are complete."""
        times, values, last_sent = array.array("d"), array.array("f"), 0
        while True:
            kind, sent, total, more_times, more_values = await receive(client)
            self.assertEqual(kind, HISTORY)
            self.assertEqual(sent, last_sent + len(more_times))
            last_sent = sent
            times += more_times
            values += more_values
            if sent == total:
                return times, values

    def start_with(self, rows, *flags):
        """A backend with a history of its own."""
        file = self.folder() / "load.csv"
        file.write_text("".join(f"{time},{value}\n" for time, value in rows))
        return self.start("trend", "--history", file, *flags)


class History(TrendCase):
    async def test_every_point_of_a_large_history_arrives_in_order(self):
        backend = self.start("trend", "--points", 2_000_000, *SLOW)
        times, values = await self.history(await self.connect(backend, "/trend"))
        self.assertEqual(len(times), 2_000_000)
        self.assertTrue(all(b - a == 3600 for a, b in zip(times, times[1:])))
        self.assertTrue(0 <= min(values) and max(values) <= 100)

    async def test_the_same_seed_gives_the_same_values_however_often_it_is_asked(self):
        backend = self.start("trend", "--points", 10_000, *SLOW)
        _, first = await self.history(await self.connect(backend, "/trend"))
        _, again = await self.history(await self.connect(backend, "/trend"))
        self.assertEqual(first, again)

    async def test_a_history_from_a_file_arrives_as_it_was_written(self):
        rows = [(1_700_000_000 + number * 15, number % 97 / 2) for number in range(9_000)]
        backend = self.start_with(rows, *SLOW)
        times, values = await self.history(await self.connect(backend, "/trend"))
        self.assertEqual(list(zip(times, values)), rows)

    async def test_a_viewer_that_does_not_read_costs_little(self):
        backend = self.start("trend", "--points", 2_000_000, *SLOW)
        before = backend.resident_bytes()
        viewers = [await self.connect(backend, "/trend", max_queue=1, read_limit=1024) for _ in range(10)]
        for viewer in viewers:
            await receive(viewer)
        self.assertLess(backend.resident_bytes() - before, 8 * MEGABYTE, "10 histories are 240 MB")


class Downsampling(TrendCase):
    async def test_as_many_points_as_asked_for_with_both_ends_and_the_peak(self):
        rows = [(number, 99 if number == 54_321 else number % 7) for number in range(100_000)]
        backend = self.start_with(rows, *SLOW)
        times, values = await self.history(await self.connect(backend, "/trend?points=500"))
        self.assertEqual(len(times), 500)
        self.assertEqual((times[0], times[-1]), (0, 99_999))
        self.assertIn((54_321, 99), zip(times, values))

    async def test_more_points_than_there_are_give_all_of_them(self):
        backend = self.start_with([(number, 1) for number in range(100)], *SLOW)
        times, _ = await self.history(await self.connect(backend, "/trend?points=4000"))
        self.assertEqual(list(times), list(range(100)))

    async def test_a_number_that_is_none_is_refused(self):
        backend = self.start_with([(1, 1), (2, 2)], *SLOW)
        for points in ("x", "-5", "1.5", ""):
            self.assertEqual(await self.refused(backend, f"/trend?points={points}"), 400, points)


class Live(TrendCase):
    async def test_live_points_follow_the_history_without_a_gap(self):
        for target in ("/trend", "/trend?points=50"):
            backend = self.start("trend", "--points", 20_000, "--interval", 0.01)
            client = await self.connect(backend, target)
            times, _ = await self.history(client)
            live = array.array("d")
            while len(live) < 20:
                kind, sent, total, more, _ = await receive(client)
                self.assertEqual((kind, sent), (LIVE, total))
                live += more
            for before, behind in zip([times[-1], *live], live):
                self.assertAlmostEqual(behind - before, 0.01, places=4)

    async def test_only_live_points_where_no_history_is_wanted(self):
        client = await self.connect(self.start("trend", "--points", 1000, "--interval", 0.01), "/trend?points=0")
        kind, sent, total, times, _ = await receive(client)
        self.assertEqual((kind, sent, total), (LIVE, 0, 0))
        self.assertGreaterEqual(len(times), 1)


class CommandLine(unittest.TestCase):
    def test_a_file_that_cannot_be_read_is_an_error_with_a_reason(self):
        done = subprocess.run(
            [str(BINARIES / "tidegate-trend"), "--history", "/nonexistent/load.csv"],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/load.csv", done.stderr)
