"""Looks at a running demo stack from outside: check_stack.py http://HOST:PORT. Ends with 0 if all of it works."""

import asyncio
import struct
import sys
import urllib.request

import websockets

PATIENCE = 15.0


def check(condition, what):
    print(("ok      " if condition else "FAILED  ") + what, flush=True)
    if not condition:
        raise SystemExit(1)


def status(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.status


async def receive(client):
    return await asyncio.wait_for(client.recv(), PATIENCE)


async def check_echo(base):
    names = []
    for number in range(6):
        async with websockets.connect(f"{base}/echo?announce=1") as client:
            names.append(await receive(client))
            await client.send(f"number {number}")
            check(await receive(client) == f"You said: number {number}", f"echo {number}")
    first, second = names[:2]
    check(first != second and names == [first, second] * 3, f"new connections alternate: {names}")


async def check_logs(http, base):
    async with websockets.connect(f"{base}/logs?last=0") as client:
        status(f"{http}/?from=check_stack")
        lines = await receive(client)
        check("check_stack" in lines, f"the log viewer shows the proxy's own log: {lines.splitlines()[-1]}")


async def check_trend(base):
    async with websockets.connect(f"{base}/trend?points=4000", max_size=2**24) as client:
        _, count, sent, total = struct.unpack_from("<4I", await receive(client))
        check(count == sent == total == 4000, "a history of 4000 points")
        kind, count, *_ = struct.unpack_from("<4I", await receive(client))
        check(kind == 2 and count > 0, "live points behind it")


async def main(http):
    base = http.replace("http://", "ws://", 1)
    for page in ("/", "/log-viewer.html", "/trend-chart.html", "/vendor/uPlot.esm.js", "/healthz"):
        check(status(http + page) == 200, page)
    await check_echo(base)
    await check_logs(http, base)
    await check_trend(base)


asyncio.run(main(sys.argv[1].rstrip("/")))
