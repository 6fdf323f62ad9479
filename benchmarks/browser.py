"""The HTTP of one person's browser, so light that thousands of them fit beside what they visit."""

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Answer:
    """``cookies``: what was set, by name. The body is unpacked."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes


class Connection:
    """One connection that is kept open between requests, and opened anew when the server closed it."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """:raises OSError, EOFError, TimeoutError: when there is no whole answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += ["Accept-Encoding: gzip", *(f"{k}: {v}" for k, v in (headers or {}).items())]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        data = "\r\n".join([*lines, "", ""]).encode() + body
        is_kept = self._writer is not None
        try:
            return await self._exchange(data)
        except TimeoutError:
            raise
        except (OSError, EOFError):
            # As browsers do: a kept connection may have been closed while nobody looked.
            if not is_kept:
                raise
        return await self._exchange(data)

    async def _exchange(self, data: bytes) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._answer(data)
        except (OSError, EOFError):
            self.close()
            raise

    async def _answer(self, data: bytes) -> Answer:
        if self._reader is None or self._writer is None or self._reader.at_eof():
            self.close()
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(data)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for line in head[1:-2]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition("=")
                cookies[cookie] = rest.partition(";")[0]
            else:
                headers[name.lower()] = value
        body = await _body_of(self._reader, headers)
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return Answer(int(head[0].split()[1]), headers, cookies, body)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def _body_of(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
