"""The web server's WebSocket protocol, with a way past ASGI for the hub.

One card goes to every wall at once. Sent through ASGI that is a coroutine, two dictionaries and a
frame built anew for each socket; :class:`Line` lets the hub write one prebuilt frame to each
transport instead. Used by ``uvicorn --ws engagement.live.server:WallProtocol``; without it the
hub falls back to ASGI, slower and otherwise the same.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent
    from websockets.frames import Frame
    from websockets.http11 import Request

EXTENSION = "vaffel.transport"

# Of the kernel, per socket. Left alone it grows to megabytes for a screen that never reads.
SEND_BUFFER_BYTES = 128 * 1024


class Line:
    """One accepted socket, for writers of whole unmasked frames.

    Between the end of the handshake and the first close frame, whole frames written to
    ``transport`` from the event loop's thread never mix with those sent through ASGI, because the
    protocol writes whole frames too. ``on_shut`` is called once, before the close frame is
    written or when the connection is lost; nothing may be written from then on.
    """

    __slots__ = ("_protocol", "on_shut")

    def __init__(self, protocol: "WallProtocol") -> None:
        self._protocol = protocol
        self.on_shut: Callable[[], None] | None = None

    @property
    def transport(self) -> asyncio.Transport:
        return self._protocol.transport

    @property
    def is_open(self) -> bool:
        """Whether frames may be written now."""
        protocol = self._protocol
        return (
            protocol.handshake_complete
            and not protocol.close_sent
            and not protocol.disconnected
            and not protocol.transport.is_closing()
        )

    def shut(self) -> None:
        """Tell the writer to stop; again and again is fine."""
        on_shut, self.on_shut = self.on_shut, None
        if on_shut is not None:
            on_shut()


class WallProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own protocol, whose scope carries a :class:`Line` under ``vaffel.transport``."""

    line: Line | None = None

    def handle_connect(self, event: "Request") -> None:
        super().handle_connect(event)
        if not self.close_sent:
            # The application's task has been made, but has not run yet.
            self.line = Line(self)
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self.line
            _bound_send_buffer(self.transport)

    async def send(self, message: "ASGISendEvent") -> None:
        if message["type"] == "websocket.close":
            self._shut()
        await super().send(message)

    def handle_close(self, event: "Frame") -> None:
        self._shut()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        self._shut()
        super().handle_parser_exception()

    def keepalive_timeout(self) -> None:
        self._shut()
        super().keepalive_timeout()

    def shutdown(self) -> None:
        self._shut()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._shut()
        super().connection_lost(exc)

    def _shut(self) -> None:
        if self.line is not None:
            self.line.shut()


def _bound_send_buffer(transport: asyncio.BaseTransport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
