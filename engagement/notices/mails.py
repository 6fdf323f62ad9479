"""Writing mails: from a delivery to the message that leaves."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template import Context
from django.template.backends.django import Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import linebreaks, urlize
from django.utils.safestring import mark_safe

from engagement.notices.kinds import KINDS
from engagement.notices.models import Delivery, Notice
from engagement.notices.post import MailFailed

log = structlog.get_logger(__name__)

SUBJECT_LENGTH = 150
HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]{0,230}[a-z0-9])?$")
# Controls and line breaks become spaces; what is invisible or turns the writing round goes.
SPACED = {"Cc", "Zl", "Zp"}
DROPPED = {"Cf", "Cs", "Co", "Cn"}


class NothingToSay(Exception):
    """The mail is no longer to be sent; ``reason`` says why."""

    def __init__(self, reason: Delivery.Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def clean_subject(subject: str) -> str:
    """``subject`` on one line of at most 150 characters, without what could steer a header."""
    kept = (c for c in subject if unicodedata.category(c) not in DROPPED)
    line = " ".join("".join(" " if unicodedata.category(c) in SPACED else c for c in kept).split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"


def new_message_id(key: str) -> str:
    """The Message-ID of the delivery ``key``, without angle brackets: made once, kept for good."""
    host = (urlsplit(settings.BASE_URL).hostname or "").lower()
    return f"{key}@{host if HOST.match(host) else 'vaffel.invalid'}"


def as_html(text: str, *, subject: str) -> str:
    """A mail that was only written as text, in the look of the others and the active language."""
    body = mark_safe(linebreaks(urlize(text.strip(), autoescape=True)))  # noqa: S308 - escaped
    context = {"body": body, "subject": subject, "language": translation.get_language()}
    return get_template("notices/mail.html").render(context)


def write_mail(delivery: Delivery, *, at: dt.datetime) -> EmailMultiAlternatives:
    """The message as it leaves at ``at``, a notice's in its reader's language.

    `NothingToSay` when it is no longer wanted, `MailFailed` when it cannot be written.
    """
    if delivery.notice is None:
        return _message(
            delivery,
            to=delivery.to,
            subject=delivery.subject,
            text=delivery.text,
            html=delivery.html,
        )
    person = delivery.notice.person
    if delivery.notice.withdrawn_at is not None:
        raise NothingToSay(Delivery.Reason.WITHDRAWN)
    if person.left_on is not None and person.left_on <= timezone.localdate(at):
        raise NothingToSay(Delivery.Reason.LEFT)
    if not person.email:
        raise NothingToSay(Delivery.Reason.NO_ADDRESS)
    try:
        with translation.override(person.language):
            return _message(delivery, to=person.email, **_notice_words(delivery.notice))
    except (NothingToSay, MailFailed):
        raise
    except Exception as error:
        # A template or a loader with a bug: later versions may know better, so it is tried again.
        log.exception("mail_not_written", delivery=delivery.key, kind=delivery.notice.kind)
        raise MailFailed(
            Delivery.Reason.NOT_WRITTEN, type(error).__name__, is_final=False
        ) from error


def _notice_words(notice: Notice) -> dict[str, str]:
    [loaded] = KINDS[notice.kind].load([notice.facts])
    if loaded is None:
        raise NothingToSay(Delivery.Reason.GONE)
    url = settings.BASE_URL + reverse("notices:open", args=[notice.key])
    context = {**loaded, "reader": notice.person, "url": url, "base_url": settings.BASE_URL}
    stem = f"notices/{notice.kind}"
    subject = clean_subject(_plain(f"{stem}.subject.txt", context))
    frame = {**context, "subject": subject, "language": notice.person.language}
    text_body = _plain(f"{stem}.txt", context).strip()
    html_body = get_template(f"{stem}.html").render(context)
    return {
        "subject": subject,
        "text": _plain("notices/mail.txt", {**frame, "body": text_body}).strip() + "\n",
        "html": get_template("notices/mail.html").render({**frame, "body": html_body}),
    }


def _plain(name: str, context: Mapping[str, Any]) -> str:
    """A template rendered as plain text: nothing is turned into HTML entities."""
    template = cast(Template, get_template(name))
    return str(template.template.render(Context(dict(context), autoescape=False)))


def _message(
    delivery: Delivery, *, to: str, subject: str, text: str, html: str
) -> EmailMultiAlternatives:
    try:
        validate_email(to)
    except ValidationError as error:
        raise MailFailed(Delivery.Reason.BAD_ADDRESS, is_final=True) from error
    message = EmailMultiAlternatives(
        subject=subject,
        body=text,
        to=[to],
        headers={"Message-ID": f"<{delivery.message_id}>", "Auto-Submitted": "auto-generated"},
    )
    if html:
        message.attach_alternative(html, "text/html")
    return message
