"""WebSocket end to end, with libraries on both sides that nobody here wrote."""

import asyncio
import json
import os
import unittest

import websockets

from support import programs
from support.case import ProxyCase

# Every test runs in both syntaxes: a tunnel is the same thing however it was configured.
NGINX = """
server {
    listen 127.0.0.1:@port@;
    location / {
        proxy_pass http://127.0.0.1:@backend@;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
    }
}
"""
LARGE = 16 * 1024 * 1024


class WebSocketCase(ProxyCase, unittest.IsolatedAsyncioTestCase):
    """The cases; the subclasses choose the syntax."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # it complains of every step of 100 ms

    def proxied(self, program):
        """The URL of a proxy in front of a backend program."""
        backend = self.backend(program)
        return f"ws://127.0.0.1:{self.start_before(backend.port).port}"

    def start_before(self, port):
        raise NotImplementedError

    def connect(self, url, **options):
        return websockets.connect(url, max_size=4 * LARGE, ping_interval=None, **options)


class Conversations:
    """What a tunnel must carry unchanged."""

    async def test_text_and_binary(self):
        async with self.connect(self.proxied(programs.websockets_echo())) as socket:
            for message in ("hello", "", "häß ☃ \U0001f30a", b"", bytes(range(256)), "x" * 70000):
                await socket.send(message)
                self.assertEqual(await socket.recv(), message)

    async def test_large_messages(self):
        """16 MiB that do not compress, in one frame each way."""
        message = os.urandom(LARGE)
        async with self.connect(self.proxied(programs.websockets_echo()), compression=None) as socket:
            await socket.send(message)
            self.assertEqual(await socket.recv(), message)

    async def test_fragmented_message(self):
        async with self.connect(self.proxied(programs.websockets_echo())) as socket:
            await socket.send(["one ", "two ", "three"])
            self.assertEqual(await socket.recv(), "one two three")

    async def test_many_messages_in_flight(self):
        count = 5000
        async with self.connect(self.proxied(programs.websockets_echo())) as socket:

            async def talk():
                for number in range(count):
                    await socket.send(str(number))

            async def listen():
                return [await socket.recv() for _ in range(count)]

            _, answers = await asyncio.gather(talk(), listen())
        self.assertEqual(answers, [str(number) for number in range(count)])

    async def test_ping_is_answered_by_the_other_end(self):
        async with self.connect(self.proxied(programs.websockets_echo())) as socket:
            pong = await socket.ping(b"are you there")
            await asyncio.wait_for(pong, 10)

    async def test_subprotocol_is_negotiated_end_to_end(self):
        url = self.proxied(programs.websockets_echo())
        async with self.connect(url, subprotocols=["other", "chat.v2"]) as socket:
            self.assertEqual(socket.subprotocol, "chat.v2")

    async def test_deflate_is_negotiated_end_to_end(self):
        url = self.proxied(programs.websockets_echo())
        async with self.connect(url, compression="deflate") as socket:
            self.assertEqual([each.name for each in socket.extensions], ["permessage-deflate"])
            await socket.send("extensions")
            self.assertEqual(json.loads(await socket.recv()), ["permessage-deflate"])
            await socket.send("a" * 100000)
            self.assertEqual(await socket.recv(), "a" * 100000)

    async def test_no_deflate_where_nobody_asked(self):
        async with self.connect(self.proxied(programs.websockets_echo()), compression=None) as socket:
            self.assertEqual(socket.extensions, [])

    async def test_headers_and_cookies_pass_both_ways(self):
        url = self.proxied(programs.websockets_echo())
        sent = [("Cookie", "a=1; b=2"), ("X-Strange-CASE", "kept"), ("Authorization", "Bearer t")]
        async with self.connect(url, extra_headers=sent, origin="http://example.com") as socket:
            self.assertEqual(socket.response_headers["Set-Cookie"], "session=abc; Path=/")
            self.assertEqual(socket.response_headers["X-Backend"], "websockets")
            await socket.send("headers")
            received = [tuple(pair) for pair in json.loads(await socket.recv())]
        for pair in sent + [("Origin", "http://example.com")]:
            self.assertIn(pair, received)

    async def test_close_of_the_client_passes(self):
        """The backend's library confirms with the same code, so the client sees its own come back."""
        socket = await self.connect(self.proxied(programs.websockets_echo()))
        await socket.close(4321, "client says so")
        self.assertEqual(socket.close_code, 4321)

    async def test_close_of_the_upstream_passes(self):
        socket = await self.connect(self.proxied(programs.websockets_echo()))
        await socket.send("close 4567 that was it")
        with self.assertRaises(websockets.ConnectionClosed) as closed:
            await socket.recv()
        self.assertEqual((closed.exception.rcvd.code, closed.exception.rcvd.reason), (4567, "that was it"))

    async def test_tornado(self):
        url = self.proxied(programs.tornado_echo()) + "/ws?compress=1"
        async with self.connect(url, subprotocols=["log.v1", "log.v2"], compression="deflate") as socket:
            self.assertEqual(socket.subprotocol, "log.v2")
            self.assertEqual([each.name for each in socket.extensions], ["permessage-deflate"])
            await socket.recv()
            await socket.send("hello")
            self.assertEqual(await socket.recv(), "You said: hello")
            await socket.send(b"\0\1\2" * 50000)
            self.assertEqual(await socket.recv(), b"\0\1\2" * 50000)
            await socket.send("close 4000")
            with self.assertRaises(websockets.ConnectionClosed):
                await socket.recv()
            self.assertEqual(socket.close_code, 4000)

    async def test_node_on_both_sides(self):
        url = self.proxied(programs.node_echo())
        report = json.loads(programs.node_client(url, "trend.v1", "one", "extensions", "ä" * 5000))
        self.assertEqual(report["answers"], ["one", "permessage-deflate", "ä" * 5000])
        self.assertEqual(
            {key: report[key] for key in ("protocol", "extensions", "pongs", "code")},
            {"protocol": "trend.v1", "extensions": "permessage-deflate", "pongs": 1, "code": 4001},
        )

    async def test_node_upstream_closes(self):
        report = json.loads(programs.node_client(self.proxied(programs.node_echo()), "", "close 4002", "x"))
        self.assertEqual(report["code"], 4002)

    async def test_refusal_reaches_the_client(self):
        """Tornado's check_origin refuses a stranger's page with 403."""
        url = self.proxied(programs.tornado_echo()) + "/ws"
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            await self.connect(url, origin="http://stranger.example")
        self.assertEqual(refused.exception.status_code, 403)

    async def test_upstream_killed_in_the_middle(self):
        """The client learns of it at once, as an abnormal closure."""
        backend = programs.websockets_echo()
        socket = await self.connect(self.proxied(backend))
        await socket.send("first")
        self.assertEqual(await socket.recv(), "first")
        backend.kill()
        with self.assertRaises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 10)
        self.assertEqual(socket.close_code, 1006)

    async def test_a_hundred_tunnels(self):
        url = self.proxied(programs.websockets_echo())

        async def talk(number):
            async with self.connect(url) as socket:
                for turn in range(5):
                    await socket.send(f"{number}/{turn}")
                    if await socket.recv() != f"{number}/{turn}":
                        return False
            return True

        self.assertTrue(all(await asyncio.gather(*(talk(number) for number in range(100)))))


class NginxSyntax(Conversations, WebSocketCase):
    def start_before(self, port):
        return self.start_nginx(NGINX, backend=port)


class NativeSyntax(Conversations, WebSocketCase):
    def start_before(self, port):
        return self.start_toml(port)


if __name__ == "__main__":
    unittest.main()
