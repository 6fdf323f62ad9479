"""The line to the mail server: one connection for many mails, and what its answers mean."""

import contextlib
import re
import smtplib
from types import TracebackType
from typing import Self

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend

from engagement.notices.models import Delivery

ADDRESS = re.compile(r"[^\s<>\"'(),;:]*@[^\s<>\"'(),;]*")
CLOSING = 421


class MailServerDown(Exception):
    """The server does not take mail from us at all; no single mail is to blame."""


class MailFailed(Exception):
    """The server did not take this mail. ``is_final``: it never will."""

    def __init__(self, reason: Delivery.Reason, answer: str = "", *, is_final: bool) -> None:
        super().__init__(answer)
        self.reason = reason
        self.answer = answer
        self.is_final = is_final


def without_addresses(said: object) -> str:
    """What a server said, on one short line without anybody's address."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    printable = "".join(c if c.isprintable() else " " for c in text)
    return ADDRESS.sub("…", " ".join(printable.split()))[:200]


class MailLine:
    """A connection that opens when needed, serves many mails, and closes after the last."""

    def __init__(self) -> None:
        self._backend = get_connection(fail_silently=False)
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hang_up()

    def open(self) -> None:
        """Connects and signs in. `MailServerDown` when that does not work."""
        if self._is_open:
            return
        try:
            self._backend.open()
            # Not later, with the first mail: a server that refuses our greeting refuses all.
            if isinstance(self._backend, EmailBackend) and self._backend.connection:
                self._backend.connection.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise MailServerDown(_words(error)) from error
        self._is_open = True

    def hang_up(self) -> None:
        """Says goodbye and closes."""
        self._is_open = False
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._backend.close()

    def _drop(self) -> None:
        """Closes without a goodbye, which a stuck server would make us wait for."""
        self._is_open = False
        if isinstance(self._backend, EmailBackend):
            for name in ("connection", "_partial_connection"):
                if connection := getattr(self._backend, name, None):
                    connection.close()
        self._backend = get_connection(fail_silently=False)

    def send(self, message: EmailMultiAlternatives) -> None:
        """Returns when the server has taken ``message``; `MailFailed` or `MailServerDown` else."""
        try:
            self._backend.send_messages([message])
        except smtplib.SMTPSenderRefused as error:
            # It is us it does not like: true for every mail.
            self.hang_up()
            raise MailServerDown(_words(error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise self._refusal(code, said, Delivery.Reason.BAD_ADDRESS) from error
        except smtplib.SMTPResponseException as error:
            raise self._refusal(
                error.smtp_code, error.smtp_error, Delivery.Reason.REFUSED
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailFailed(Delivery.Reason.BAD_ADDRESS, _words(error), is_final=True) from error
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise MailFailed(Delivery.Reason.INTERRUPTED, _words(error), is_final=False) from error
        except ValueError as error:  # a header or an address that cannot be written
            raise MailFailed(
                Delivery.Reason.NOT_WRITTEN, type(error).__name__, is_final=True
            ) from error

    def _refusal(self, code: int, said: bytes | str, reason: Delivery.Reason) -> MailFailed:
        if code == CLOSING:
            self._drop()
        answer = f"{code} {without_addresses(said)}"
        if code >= 500:
            return MailFailed(reason, answer[:200], is_final=True)
        return MailFailed(Delivery.Reason.BUSY, answer[:200], is_final=False)


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return without_addresses(f"{error.smtp_code} {without_addresses(error.smtp_error)}")
    return without_addresses(error) or type(error).__name__
