"""A small mail server for tests that can be told to misbehave.

It speaks just enough SMTP on a free port of 127.0.0.1. What it took is in ``mails``; how it
answers is decided by the attributes, which a test may change at any time.
"""

import contextlib
import email
import email.policy
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Self, cast

OK = "250 OK"


@dataclass(frozen=True)
class Taken:
    """A mail the server said yes to."""

    sender: str
    to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        return cast(EmailMessage, parsed)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    controls: "SmtpServer"


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        controls = self.server.controls
        controls.connection_count += 1
        with contextlib.suppress(OSError):
            if controls.hangs_at == "connect":
                controls.released.wait(controls.hangs_for_s)
                return
            self._say(controls.greeting)
            self._talk(controls)

    def _talk(self, controls: "SmtpServer") -> None:
        sender, to = "", []
        while line := self.rfile.readline().decode("ascii", "replace").rstrip("\r\n"):
            word = line[:4].upper()
            argument = line.partition(":")[2].partition(">")[0].lstrip(" <")
            controls.on_word(word, self.client_address[1])
            if controls.hangs_at == word:
                controls.released.wait(controls.hangs_for_s)
                return
            if controls.drops_at == word:
                return
            if word in {"EHLO", "HELO"}:
                self._say(controls.on_hello)
            elif word == "MAIL":
                sender, to = argument, []
                self._say(controls.on_mail)
            elif word == "RCPT":
                answer = controls.on_rcpt(argument)
                if answer.startswith("2"):
                    to.append(argument)
                self._say(answer)
            elif word == "DATA":
                if not self._take(controls, sender, tuple(to)):
                    return
            elif word == "QUIT":
                self._say("221 Bye")
                return
            else:
                self._say(OK)

    def _take(self, controls: "SmtpServer", sender: str, to: tuple[str, ...]) -> bool:
        self._say("354 Go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        answer = controls.on_data(to)
        if answer.startswith("2"):
            taken = Taken(sender, to, b"".join(lines))
            controls.mails.append(taken)
            controls.on_taken(taken, self.client_address[1])
        if controls.drops_at == "AFTER DATA":
            return False
        self._say(answer)
        return not answer.startswith("421")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class SmtpServer:
    """``with SmtpServer() as server:`` — see the attributes for what it can be told."""

    def __init__(self) -> None:
        self.mails: list[Taken] = []
        self.connection_count = 0
        self.greeting = "220 ready"
        self.on_hello = OK
        self.on_mail = OK
        self.on_rcpt: Callable[[str], str] = lambda address: OK
        self.on_data: Callable[[tuple[str, ...]], str] = lambda to: OK
        # Called with the client's port: for each command, and for a mail that is taken before the
        # client is told so. The answer waits for them.
        self.on_word: Callable[[str, int], None] = lambda word, port: None
        self.on_taken: Callable[[Taken, int], None] = lambda taken, port: None
        # "connect" or a command such as "MAIL": says nothing more, and closes in the end.
        self.hangs_at = ""
        self.hangs_for_s = 10.0
        # A command, or "AFTER DATA": closes instead of answering.
        self.drops_at = ""
        self.released = threading.Event()
        self._server: _Server | None = None
        self.port = 0

    def start(self) -> None:
        """Listens; on the same port as before when it was stopped in between."""
        self._server = _Server(("127.0.0.1", self.port), _Conversation)
        self._server.controls = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """From here on connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(5)
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self.stop()

    @property
    def recipients(self) -> list[str]:
        """To whom mails went, in order of the alphabet."""
        return sorted(address for mail in self.mails for address in mail.to)
