"""The log backend: replay, rotation, bursts without a loss, and viewers that do not read."""

import asyncio
import os

from examples.backends import BackendCase
from support.waiting import PATIENCE

MEGABYTE = 1024 * 1024


async def read_lines(client, count):
    """The next `count` lines; more than asked for fails."""
    lines = []
    while len(lines) < count:
        lines += (await asyncio.wait_for(client.recv(), PATIENCE)).split("\n")
    assert len(lines) == count, f"{len(lines)} lines instead of {count}"
    return lines


class LogCase(BackendCase):
    def setUp(self):
        self.log = self.folder() / "access.log"

    def write(self, *lines, file=None):
        with open(file or self.log, "a", encoding="utf-8") as log:
            log.writelines(line + "\n" for line in lines)

    def start_logtail(self, *flags):
        return self.start("logtail", "--log", self.log, *flags)


class Replay(LogCase):
    async def test_the_last_lines_come_first_then_the_new_ones(self):
        self.write(*(f"old {number}" for number in range(1000)))
        client = await self.connect(self.start_logtail(), "/logs?last=3")
        self.assertEqual(await read_lines(client, 3), ["old 997", "old 998", "old 999"])
        self.write("new")
        self.assertEqual(await read_lines(client, 1), ["new"])

    async def test_a_hundred_lines_are_replayed_unless_said_otherwise(self):
        self.write(*(f"old {number}" for number in range(1000)))
        client = await self.connect(self.start_logtail(), "/logs")
        self.assertEqual((await read_lines(client, 100))[0], "old 900")

    async def test_the_replay_is_bounded(self):
        self.write(*(f"old {number}" for number in range(20_000)))
        client = await self.connect(self.start_logtail(), "/logs?last=99999999999999999999")
        self.assertEqual((await read_lines(client, 10_000))[0], "old 10000")

    async def test_a_number_that_is_none_is_refused(self):
        self.assertEqual(await self.refused(self.start_logtail(), "/logs?last=many"), 400)
        self.assertEqual(await self.refused(self.start_logtail(), "/logs?last=-1"), 400)

    async def test_nothing_is_read_for_a_page_from_elsewhere(self):
        """Its origin is judged before its arguments."""
        backend = self.start_logtail()
        self.assertEqual(await self.refused(backend, "/logs?last=many", origin="http://elsewhere.test"), 403)

    async def test_bytes_that_are_not_utf8_arrive_marked(self):
        client = await self.connect(self.start_logtail(), "/logs")
        with open(self.log, "ab") as log:
            log.write(b"latin \xe4 here\n")
        self.assertEqual(await read_lines(client, 1), ["latin \ufffd here"])


class Rotation(LogCase):
    async def test_lines_before_and_behind_a_rename_arrive(self):
        self.write("first")
        client = await self.connect(self.start_logtail(), "/logs")
        await read_lines(client, 1)
        expected = []
        for turn in range(20):
            self.write(f"before {turn}")
            os.rename(self.log, self.log.with_suffix(f".{turn}"))
            self.write(f"behind {turn}")
            expected += [f"before {turn}", f"behind {turn}"]
            # A reader keeps up with any number of rotations; this one is told of each.
            self.assertEqual(await read_lines(client, 2), expected[-2:])

    async def test_a_truncation_begins_anew(self):
        self.write("before")
        client = await self.connect(self.start_logtail(), "/logs")
        self.assertEqual(await read_lines(client, 1), ["before"])
        os.truncate(self.log, 0)
        self.write("new")
        self.assertEqual(await read_lines(client, 1), ["new"])

    async def test_a_file_that_comes_later_is_followed(self):
        client = await self.connect(self.start_logtail(), "/logs")
        self.write("here")
        self.assertEqual(await read_lines(client, 1), ["here"])

    async def test_a_burst_across_a_rename_loses_nothing(self):
        self.log.touch()
        client = await self.connect(self.start_logtail(), "/logs")
        for turn in range(5):
            lines = [f"{turn} {number} " + "x" * 60 for number in range(20_000)]
            self.write(*lines[:10_000])
            os.rename(self.log, self.log.with_suffix(f".{turn}"))
            self.write(*lines[10_000:])
            self.assertEqual(await read_lines(client, len(lines)), lines)


class Bursts(LogCase):
    async def test_a_hundred_thousand_lines_reach_every_viewer_that_reads(self):
        self.log.touch()
        backend = self.start_logtail()
        clients = [await self.connect(backend, "/logs", compression=None) for _ in range(3)]
        expected = [f"line {number} of a burst that is somewhat long, as lines of logs are" for number in range(100_000)]
        reading = [asyncio.create_task(read_lines(client, len(expected))) for client in clients]
        for begin in range(0, len(expected), 1000):
            self.write(*expected[begin : begin + 1000])
        for task in reading:
            self.assertEqual(await task, expected)

    async def test_a_viewer_that_does_not_read_costs_little_and_loses_nothing(self):
        self.log.touch()
        backend = self.start_logtail()
        # Uncompressed and with little room on this side: what is not read stays with the backend.
        stalled = await self.connect(backend, "/logs", compression=None, max_queue=1, read_limit=8192)
        reader = await self.connect(backend, "/logs", compression=None)
        before = backend.resident_bytes()
        lines = [f"{number:08d} " + "y" * 1000 for number in range(24 * 1024)]
        reading = asyncio.create_task(read_lines(reader, len(lines)))
        for begin in range(0, len(lines), 1024):
            self.write(*lines[begin : begin + 1024])
        self.assertEqual(await reading, lines)
        self.assertLess(backend.resident_bytes() - before, 4 * MEGABYTE, "24 MB were written")
        self.assertEqual(await read_lines(stalled, len(lines)), lines)
