"""The project's first text, lived: two real Tornado services behind the configuration it gives, word for word."""

import asyncio
import tempfile
import unittest
from pathlib import Path

import websockets

from support import handshake, programs
from support.case import ProxyCase
from support.ports import free_port
from support.proxy import fill

# As in the seed. Only the ports differ, and the name that is masked there.
SEED = """
upstream tornadoes {
    server 127.0.0.1:@first@;
    server 127.0.0.1:@second@;
}

server {
    listen @port@;
    server_name example.com;

    location / {
        proxy_pass http://tornadoes;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "Upgrade";
    }
}
"""

SEED_AS_TOML = """
pid = "tidegate.pid"
worker_processes = @workers@

[upstream.tornadoes]
servers = ["127.0.0.1:@first@", "127.0.0.1:@second@"]

[[server]]
listen = ["@port@"]
server_name = ["example.com"]

[[server.location]]
path = "/"
proxy_pass = "http://tornadoes"
"""

ROUNDS = 20


class Seed(ProxyCase):
    """Each test runs the same two services under one form of the same configuration."""

    def setUp(self):
        self.services = [self.backend(programs.tornado_echo()) for _ in range(2)]
        self.ports = {"first": self.services[0].port, "second": self.services[1].port}

    async def greeting(self, port, path="/ws"):
        """What a service says on opening: its port."""
        async with websockets.connect(f"ws://127.0.0.1:{port}{path}") as socket:
            answer = await socket.recv()
            await socket.send("hello")
            self.assertEqual(await socket.recv(), "You said: hello")
            return int(answer)

    def assert_alternates(self, answers):
        expected = {self.services[0].port, self.services[1].port}
        self.assertEqual(set(answers[:2]), expected)
        for index, answer in enumerate(answers):
            self.assertEqual(answer, answers[index % 2], f"answer {index} of {answers}")

    async def speak_in_turn(self, port):
        self.assert_alternates([await self.greeting(port) for _ in range(ROUNDS)])

    async def speak_at_once(self, port):
        """Tunnels that are open together share the services exactly."""
        answers = await asyncio.gather(*(self.greeting(port) for _ in range(ROUNDS)))
        for service in self.services:
            self.assertEqual(answers.count(service.port), ROUNDS // 2, answers)

    def ask_in_turn(self, port):
        """HTTP requests, each on a connection of its own (so that any worker may get it)."""
        answers = []
        for _ in range(ROUNDS):
            with self.client(port) as client:
                answers.append(int(client.ask(handshake.get()).body))
        self.assert_alternates(answers)

    def all_ways(self, proxy):
        asyncio.run(self.speak_in_turn(proxy.port))
        asyncio.run(self.speak_at_once(proxy.port))
        self.ask_in_turn(proxy.port)

    def test_inside_http(self):
        self.all_ways(self.start_nginx(SEED, **self.ports))

    def test_inside_http_over_several_workers(self):
        self.all_ways(self.start_nginx(SEED, workers=3, **self.ports))

    def test_bare_fragment(self):
        main = "pid tidegate.pid; daemon off; worker_processes 2;"
        self.all_ways(self.start(SEED, arguments=("-g", main, "-e", "error.log"), **self.ports))

    def test_included_fragment(self):
        with tempfile.TemporaryDirectory(prefix="tidegate-e2e-") as folder:
            port = free_port()
            fragment = Path(folder, "conf.d", "tornado.conf")
            fragment.parent.mkdir()
            fragment.write_text(fill(SEED, {"port": port, **self.ports}), encoding="utf-8")
            proxy = self.start_nginx(f"include {folder}/conf.d/*.conf;", port=port)
            self.all_ways(proxy)

    def test_toml(self):
        self.all_ways(self.start(SEED_AS_TOML, syntax="toml", **self.ports))

    def test_toml_over_several_workers(self):
        self.all_ways(self.start(SEED_AS_TOML, syntax="toml", workers=3, **self.ports))

    def test_keepalive_connection_alternates_too(self):
        """Turns are taken by requests, not by connections."""
        proxy = self.start_nginx(SEED, **self.ports)
        client = self.client(proxy.port)
        self.assert_alternates([int(client.ask(handshake.get()).body) for _ in range(ROUNDS)])

    def test_argument_of_the_url_reaches_the_handler(self):
        proxy = self.start_nginx(SEED, **self.ports)

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{proxy.port}/ws?name=tide%20gate") as socket:
                await socket.recv()
                await socket.send("name?")
                return await socket.recv()

        self.assertEqual(asyncio.run(talk()), "name is tide gate")


if __name__ == "__main__":
    unittest.main()
