"""An echo on the `websockets` library that also tells what the handshake carried.

Text "headers" is answered with the request's headers as JSON, "close CODE REASON" ends the connection.
Prints "ready PORT" when it listens.
"""

import asyncio
import json

import websockets

MAX_MESSAGE = 64 * 1024 * 1024


async def serve_one(socket):
    """Echoes until one side closes."""
    try:
        await converse(socket)
    except websockets.ConnectionClosed:
        pass  # with a code other than 1000, which is for the other side to judge


async def converse(socket):
    async for message in socket:
        if message == "headers":
            await socket.send(json.dumps(list(socket.request_headers.raw_items())))
        elif message == "extensions":
            await socket.send(json.dumps([extension.name for extension in socket.extensions]))
        elif isinstance(message, str) and message.startswith("close "):
            _, code, reason = message.split(" ", 2)
            await socket.close(int(code), reason)
        else:
            await socket.send(message)


async def main():
    server = await websockets.serve(
        serve_one,
        "127.0.0.1",
        0,
        subprotocols=["chat.v1", "chat.v2"],
        max_size=MAX_MESSAGE,
        extra_headers=[("Set-Cookie", "session=abc; Path=/"), ("X-Backend", "websockets")],
        ping_interval=None,
    )
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await server.wait_closed()


asyncio.run(main())
