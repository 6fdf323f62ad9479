"""The limit: no framework, one uvloop process, one prebuilt frame per card written to each socket.

Reads the same Valkey channel as the others with the least parser that does.
"""

import asyncio
import sys
from base64 import b64encode
from hashlib import sha1

import uvloop

from benchmarks.herd import raise_file_limit

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Socket(asyncio.Protocol):
    """Answers the handshake and ignores everything else."""

    everybody: set[asyncio.Transport] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.is_open = False

    def data_received(self, data: bytes) -> None:
        if self.is_open:
            return
        key = data.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        answer = b64encode(sha1(key + GUID).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + answer + b"\r\n\r\n"
        )
        self.is_open = True
        self.everybody.add(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.everybody.discard(self.transport)


class Subscription(asyncio.Protocol):
    """Just enough RESP2: every pushed message ends in ``$<size>\\r\\n<payload>\\r\\n``."""

    def __init__(self, channel: str) -> None:
        self.channel = channel.encode()
        self.prefix = b"*3\r\n$7\r\nmessage\r\n$%d\r\n%s\r\n$" % (len(channel), self.channel)
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(  # type: ignore[attr-defined]
            b"*2\r\n$9\r\nSUBSCRIBE\r\n$%d\r\n%s\r\n" % (len(self.channel), self.channel)
        )

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        while (start := data.find(self.prefix)) >= 0:
            length_at = start + len(self.prefix)
            end = data.find(b"\r\n", length_at)
            if end < 0:
                break
            size = int(data[length_at:end])
            if len(data) < end + size + 4:
                break
            self.send(data[end + 2 : end + 2 + size])
            data = data[end + size + 4 :]
        self.rest = data

    def send(self, payload: bytes) -> None:
        frame = b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload
        for transport in Socket.everybody:
            transport.write(frame)


async def main(port: int, valkey: str, channel: str) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_unix_connection(lambda: Subscription(channel), valkey)
    server = await loop.create_server(Socket, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    raise_file_limit()
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
