"""A herd of WebSocket clients in one process: plain sockets and epoll, as light as Python goes.

It must be faster than any server it measures, so it takes a short cut where that is exact: in one
run all card frames have the same size and carry ``MARK`` and a time at the same place. Whatever
does not look like a row of whole cards goes through a real parser.

Talks over stdin and stdout in JSON lines; progress is also in a shared file, for the publisher.
"""

import array
import json
import mmap
import os
import resource
import secrets
import select
import socket
import struct
import sys
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

MARK = b"@@"
STAMP = 20  # digits of monotonic nanoseconds that follow the mark
CONNECT_BATCH = 50
BUFFER = 256 * 1024


class Client:
    """One socket."""

    __slots__ = ("fd", "is_ready", "rest", "sock", "upgraded")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.rest = b""
        self.upgraded = False
        self.is_ready = False


class Herd:
    """All sockets to one server."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.is_socketio = plan["dialect"] == "socketio"
        self.size = 0  # of a card frame; 0 until the first has been seen
        self.at = 0
        self.head = b""
        self.count = 0
        self.ready = 0
        self.closed = 0
        self.latencies = array.array("q")
        self.is_timing = False
        self.is_measuring = False
        self.buffer = bytearray(BUFFER)
        self.view = memoryview(self.buffer)
        self.poll = select.epoll()
        self.clients: dict[int, Client] = {}
        self.stuck: list[Client] = []
        with Path(plan["progress"]).open("r+b") as file:
            self.progress = mmap.mmap(file.fileno(), 16)

    # --- Connecting -----------------------------------------------------------------------------

    def connect(self, *, first: int, count: int, stuck: bool) -> None:
        before = self.ready
        for start in range(0, count, CONNECT_BATCH):
            batch = range(first + start, first + min(start + CONNECT_BATCH, count))
            for number in batch:
                self._open(number, small=stuck)
            deadline = time.monotonic() + 30
            while self.ready < before + start + len(batch):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.ready - before} of {count} sockets are ready")
                self.turn(0.05)
        if stuck:
            for client in list(self.clients.values())[-count:]:
                self.poll.unregister(client.fd)
                del self.clients[client.fd]
                self.stuck.append(client)

    def _open(self, number: int, *, small: bool) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if small:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", self.plan["port"]))
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        cookies = self.plan.get("cookies") or []
        cookie = f"Cookie: {cookies[number]}\r\n" if cookies else ""
        host = f"127.0.0.1:{self.plan['port']}"
        sock.send(
            (
                f"GET {self.plan['path']} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nOrigin: http://{host}\r\n{cookie}"
                f"Sec-WebSocket-Key: {b64encode(secrets.token_bytes(16)).decode()}\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        client = Client(sock)
        self.clients[client.fd] = client
        self.poll.register(client.fd, select.EPOLLIN)

    # --- Reading --------------------------------------------------------------------------------

    def turn(self, timeout: float) -> None:
        """Read whatever is there."""
        for fd, _ in self.poll.poll(timeout):
            client = self.clients[fd]
            try:
                size = client.sock.recv_into(self.buffer)
            except BlockingIOError:
                continue
            except OSError:
                size = 0
            if not size:
                self._gone(client)
                continue
            frame = self.size
            if (
                frame
                and not client.rest
                and size % frame == 0
                and self.buffer.startswith(self.head)
                and self.buffer.startswith(MARK, self.at)
                and self.buffer.startswith(MARK, size - frame + self.at)
            ):
                self.count += size // frame
                if self.is_timing:
                    self._time(size, frame)
            else:
                self._parse(client, client.rest + bytes(self.view[:size]))
        struct.pack_into("qq", self.progress, 0, self.count, self.closed)

    def _time(self, size: int, frame: int) -> None:
        now = time.monotonic_ns()
        for start in range(self.at + len(MARK), size, frame):
            self.latencies.append(now - int(self.buffer[start : start + STAMP]))

    def _gone(self, client: Client) -> None:
        self.poll.unregister(client.fd)
        client.sock.close()
        del self.clients[client.fd]
        self.closed += 1

    def _parse(self, client: Client, data: bytes) -> None:
        if not client.upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                client.rest = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                raise ConnectionError(head.decode("latin-1"))
            client.upgraded = True
            if self.plan["dialect"] == "silent":
                self._ready(client)
        at = 0
        while len(data) - at >= 2:
            size, start = data[at + 1], at + 2
            if size >= 126:
                width = 2 if size == 126 else 8
                if len(data) < start + width:
                    break
                size, start = int.from_bytes(data[start : start + width], "big"), start + width
            if len(data) < start + size:
                break
            self._frame(client, data[at] & 15, data[at:start], data[start : start + size])
            at = start + size
        client.rest = data[at:]

    def _frame(self, client: Client, opcode: int, head: bytes, payload: bytes) -> None:
        if opcode == 9:
            self._send(client, 10, payload)
        elif opcode == 8:
            return
        elif (place := payload.find(MARK)) >= 0:
            if len(head) + len(payload) != self.size and len(payload) < 2000:
                self.size, self.at = len(head) + len(payload), len(head) + place
                self.head = head
            self.count += 1
            if self.is_timing:
                stamp = payload[place + len(MARK) : place + len(MARK) + STAMP]
                self.latencies.append(time.monotonic_ns() - int(stamp))
        elif self.is_socketio and payload.startswith(b"0{"):
            self._send(client, 1, b"40")
        elif self.is_socketio and payload == b"2":
            self._send(client, 1, b"3")
        elif (self.is_socketio and payload.startswith(b"40")) or b'"beat"' in payload:
            self._ready(client)

    def _ready(self, client: Client) -> None:
        if not client.is_ready:
            client.is_ready = True
            self.ready += 1

    def _send(self, client: Client, opcode: int, payload: bytes) -> None:
        # A mask of zeros is a mask.
        client.sock.send(bytes((0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload)


def raise_file_limit() -> None:
    """Thousands of sockets need thousands of descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    raise_file_limit()
    orders = sys.stdin.buffer.raw  # type: ignore[attr-defined]
    plan = json.loads(_line(orders))
    if plan.get("core") is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {plan["core"]})
    herd = Herd(plan)
    os.set_blocking(orders.fileno(), False)
    pending = b""
    while True:
        chunk = orders.read(65536)
        if chunk == b"":
            return
        pending += chunk or b""
        while b"\n" in pending:
            line, _, pending = pending.partition(b"\n")
            _obey(herd, json.loads(line))
        if herd.is_measuring:
            # Asleep in epoll, the herd would be woken for every single frame, and the server pays
            # for the waking. Looking every half millisecond is what a network card does for it.
            time.sleep(0.0005)
            herd.turn(0)
        else:
            herd.turn(0.005)


def _obey(herd: Herd, order: dict[str, Any]) -> None:
    answer: dict[str, Any] = {}
    match order["do"]:
        case "connect":
            herd.connect(
                first=order["first"], count=order["count"], stuck=order.get("stuck", False)
            )
        case "reset":
            herd.count, herd.size = 0, 0
            herd.latencies = array.array("q")
            herd.is_timing = order["timing"]
            herd.is_measuring = True
            struct.pack_into("qq", herd.progress, 0, 0, herd.closed)
        case "report":
            herd.is_measuring = False
            ordered = sorted(herd.latencies)
            answer = {"count": herd.count, "closed": herd.closed, "alive": len(herd.clients)}
            if ordered:
                answer |= {
                    "p50": ordered[len(ordered) // 2] / 1e6,
                    "p99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] / 1e6,
                    "max": ordered[-1] / 1e6,
                }
    print(json.dumps(answer), flush=True)


def _line(raw: Any) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        line += raw.read(1)
    return line


if __name__ == "__main__":
    main()
