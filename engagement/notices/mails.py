"""Writing mails: from a delivery to the message that leaves."""

import re
import unicodedata
from urllib.parse import urlsplit

from django.conf import settings

SUBJECT_LENGTH = 150
HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$")


def clean_subject(subject: str) -> str:
    """``subject`` on one line of at most 150 characters, without anything that steers a terminal,
    a header or the direction of writing."""
    printable = "".join(
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in subject
        if unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"}
    )
    line = " ".join(printable.split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"


def new_message_id(key: str) -> str:
    """The Message-ID of the delivery ``key``, without angle brackets: made once, kept for good."""
    host = (urlsplit(settings.BASE_URL).hostname or "").lower()
    return f"{key}@{host if HOST.match(host) else 'vaffel.invalid'}"
