"""A Tornado service as in the seed: answers with its own port, over HTTP and over WebSocket.

usage: tornado_echo.py [PORT]; prints "ready PORT" when it listens.
"""

import contextlib
import sys

import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.web
import tornado.websocket


class Whoami(tornado.web.RequestHandler):
    """GET: which of the services is this?"""

    def get(self):
        self.write(str(self.settings["port"]))


class EchoWebSocket(tornado.websocket.WebSocketHandler):
    """The handler of the seed, with the port said on opening and an argument of the URL said on request."""

    async def open(self):
        with contextlib.suppress(tornado.websocket.WebSocketClosedError):  # it has left meanwhile
            await self.write_message(str(self.settings["port"]))

    def on_message(self, message):
        if isinstance(message, bytes):
            self.write_message(message, binary=True)
        elif message == "name?":
            self.write_message("name is " + self.get_argument("name", "unknown"))
        elif message.startswith("close "):
            self.close(int(message.split()[1]), "as you wish")
        else:
            self.write_message("You said: " + message)

    def select_subprotocol(self, subprotocols):
        return "log.v2" if "log.v2" in subprotocols else None

    def get_compression_options(self):
        return {} if self.get_argument("compress", "") else None


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    sockets = tornado.netutil.bind_sockets(wanted, "127.0.0.1")
    port = sockets[0].getsockname()[1]
    service = tornado.web.Application(
        [(r"/", Whoami), (r"/ws", EchoWebSocket)], port=port, websocket_max_message_size=64 * 1024 * 1024
    )
    server = tornado.httpserver.HTTPServer(service)
    server.add_sockets(sockets)
    print("ready", port, flush=True)
    tornado.ioloop.IOLoop.current().start()


if __name__ == "__main__":
    main()
