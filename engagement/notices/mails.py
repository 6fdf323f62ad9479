"""Writing mails: from a delivery to the message that leaves."""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from django.utils.translation import ngettext

from engagement.notices.kinds import DIGEST, KINDS, Way, hides_reader
from engagement.notices.links import choices_url, stop_url
from engagement.notices.models import Delivery, Notice
from engagement.notices.post import MailFailed
from engagement.notices.queries import chosen_ways
from engagement.notices.words import Line, lines_of, plain_words
from engagement.people.models import Person

log = structlog.get_logger(__name__)

SUBJECT_LENGTH = 150
HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]{0,230}[a-z0-9])?$")
# Controls and line breaks become spaces; what is invisible or turns the writing round goes.
SPACED = {"Cc", "Zl", "Zp"}
DROPPED = {"Cf", "Cs", "Co", "Cn"}


class NothingToSay(Exception):
    """The mail is no longer to be sent; ``reason`` says why."""

    def __init__(
        self,
        reason: Delivery.Reason,
        left_out: Mapping[Delivery.Reason, Sequence[Delivery]] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        # Of a digest: why each of those in it is not told.
        self.left_out = left_out or {}


def clean_subject(subject: str) -> str:
    """``subject`` on one line of at most 150 characters, without what could steer a header."""
    kept = (c for c in subject if unicodedata.category(c) not in DROPPED)
    line = " ".join("".join(" " if unicodedata.category(c) in SPACED else c for c in kept).split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"


def new_message_id(key: str) -> str:
    """The Message-ID of the delivery ``key``, without angle brackets: made once, kept for good."""
    host = (urlsplit(settings.BASE_URL).hostname or "").lower()
    return f"{key}@{host if HOST.match(host) else 'vaffel.invalid'}"


def name_in_logs(delivery: Delivery) -> str:
    """The key of ``delivery``; nothing for a kind that hides its reader.

    The Message-ID is made of the key: with the mail server's own log it would name the reader, also
    when the row is gone.
    """
    is_hidden = delivery.notice is not None and hides_reader(delivery.notice.kind)
    return "" if is_hidden else delivery.key


def as_html(text: str, *, subject: str) -> str:
    """A mail that was only written as text, in the look of the others and the active language."""
    body = mark_safe(linebreaks(urlize(text.strip(), autoescape=True)))  # noqa: S308 - escaped
    context = {"body": body, "subject": subject, "language": translation.get_language()}
    return get_template("notices/mail.html").render(context)


@dataclass(frozen=True)
class Letter:
    """A message as it leaves, and what becomes of the notices that ride in it if it is a digest."""

    message: EmailMultiAlternatives
    carried: Sequence[Delivery] = ()
    left_out: Mapping[Delivery.Reason, Sequence[Delivery]] = field(default_factory=dict)


def write_mail(delivery: Delivery, *, at: dt.datetime) -> Letter:
    """The message as it leaves at ``at``, a notice's or a digest in its reader's language.

    `NothingToSay` when it is no longer wanted, `MailFailed` when it cannot be written.
    """
    person = delivery.recipient
    if person is None:
        words = {"subject": delivery.subject, "text": delivery.text, "html": delivery.html}
        return Letter(_message(delivery, to=delivery.to, **words))
    if person.left_on is not None and person.left_on <= timezone.localdate(at):
        raise NothingToSay(Delivery.Reason.LEFT)
    if not person.email:
        raise NothingToSay(Delivery.Reason.NO_ADDRESS)
    try:
        with translation.override(person.language):
            if delivery.notice is None:
                return _digest(delivery, person)
            return _notice_mail(delivery, delivery.notice, person)
    except (NothingToSay, MailFailed):
        raise
    except Exception as error:
        # A template or a loader with a bug: later versions may know better, so it is tried again.
        kind = delivery.notice.kind if delivery.notice else DIGEST
        log.exception("mail_not_written", delivery=name_in_logs(delivery), kind=kind)
        raise MailFailed(
            Delivery.Reason.NOT_WRITTEN, type(error).__name__, is_final=False
        ) from error


# --- one notice -----------------------------------------------------------------------------------
def _notice_mail(delivery: Delivery, notice: Notice, person: Person) -> Letter:
    kind = KINDS[notice.kind]
    if (reason := _silence(notice, chosen_ways(person))) is not None:
        raise NothingToSay(reason)
    [loaded] = kind.load([notice.facts])
    if loaded is None:
        raise NothingToSay(Delivery.Reason.GONE)
    context = {**loaded, "reader": person, "url": open_url(notice), "base_url": settings.BASE_URL}
    stem = f"notices/{notice.kind}"
    subject = clean_subject(_plain(f"{stem}.subject.txt", context))
    frame = {
        **context,
        "subject": subject,
        "language": person.language,
        "stop_url": stop_url(person, notice.kind),
        "choices_url": choices_url(),
        "why_always": "" if kind.may_refuse else kind.why_always,
    }
    text_body = _plain(f"{stem}.txt", context).strip()
    html_body = get_template(f"{stem}.html").render(context)
    words = {
        "subject": subject,
        "text": _plain("notices/mail.txt", {**frame, "body": text_body}).strip() + "\n",
        "html": get_template("notices/mail.html").render({**frame, "body": html_body}),
    }
    return Letter(_message(delivery, to=person.email, stop=frame["stop_url"], **words))


def _silence(notice: Notice, choices: Mapping[str, str]) -> Delivery.Reason | None:
    """Why ``notice`` is not to be mailed any more; None when it is."""
    if notice.withdrawn_at is not None:
        return Delivery.Reason.WITHDRAWN
    kind = KINDS.get(notice.kind)
    if notice.read_at is not None and not (kind is not None and kind.mails_when_read):
        return Delivery.Reason.READ
    if kind is not None and kind.way_for(choices) in (Way.NONE, Way.OFF):
        return Delivery.Reason.UNWANTED
    return None


def open_url(notice: Notice) -> str:
    """The whole address that opens ``notice`` and leads on to what it tells of."""
    return settings.BASE_URL + reverse("notices:open", args=[notice.key])


# --- a digest -------------------------------------------------------------------------------------
def _digest(delivery: Delivery, person: Person) -> Letter:
    riders = list(
        Delivery.objects.waiting()
        .filter(digest=delivery)
        .select_related("notice")
        .order_by("notice__show_from", "notice_id")
    )
    choices = chosen_ways(person)
    left_out = defaultdict[Delivery.Reason, list[Delivery]](list)
    standing: list[Delivery] = []
    for rider in riders:
        reason = _silence(cast(Notice, rider.notice), choices)
        (standing if reason is None else left_out[reason]).append(rider)
    lines = _digest_lines(standing, left_out)
    if not lines:
        raise NothingToSay(Delivery.Reason.EMPTY, left_out)
    stop = stop_url(person, DIGEST)
    context = {
        "lines": [(line, plain_words(line), open_url(line.notice)) for _rider, line in lines],
        "subject": _digest_subject([line for _rider, line in lines]),
        "language": person.language,
        "stop_url": stop,
        "choices_url": choices_url(),
        "is_digest": True,
    }
    text = _plain("notices/digest.txt", context).strip() + "\n"
    html = get_template("notices/digest.html").render(context)
    subject = str(context["subject"])
    message = _message(delivery, to=person.email, subject=subject, text=text, html=html, stop=stop)
    return Letter(message, [rider for rider, _line in lines], left_out)


def _digest_lines(
    riders: Sequence[Delivery], left_out: dict[Delivery.Reason, list[Delivery]]
) -> list[tuple[Delivery, Line]]:
    """What is to be said of each; one that is gone or cannot be written stops no other."""
    found: dict[int, Line] = {}
    broken: set[str] = set()
    for kind in {cast(Notice, rider.notice).kind for rider in riders}:
        try:
            same = [one.notice for one in riders if one.notice and one.notice.kind == kind]
            found |= {line.notice.pk: line for line in lines_of(same)}
        except Exception:
            log.exception("digest_lines_not_written", kind=kind)
            broken.add(kind)
    lines = []
    for rider in riders:
        notice = cast(Notice, rider.notice)
        if notice.pk in found:
            lines.append((rider, found[notice.pk]))
        else:
            is_broken = notice.kind in broken
            reason = Delivery.Reason.NOT_WRITTEN if is_broken else Delivery.Reason.GONE
            left_out[reason].append(rider)
    return lines


def _digest_subject(lines: Sequence[Line]) -> str:
    first = clean_subject(plain_words(lines[0]))
    if len(lines) == 1:
        return first
    return ngettext("%(count)s notice for you", "%(count)s notices for you", len(lines)) % {
        "count": len(lines)
    }


# --- the message ----------------------------------------------------------------------------------
def _plain(name: str, context: Mapping[str, Any]) -> str:
    """A template rendered as plain text: nothing is turned into HTML entities."""
    template = cast(Template, get_template(name))
    return str(template.template.render(Context(dict(context), autoescape=False)))


def _message(
    delivery: Delivery, *, to: str, subject: str, text: str, html: str, stop: str = ""
) -> EmailMultiAlternatives:
    """``stop`` becomes the headers behind a mail program's own "unsubscribe" (RFC 8058)."""
    try:
        validate_email(to)
    except ValidationError as error:
        raise MailFailed(Delivery.Reason.BAD_ADDRESS, is_final=True) from error
    headers = {"Message-ID": f"<{delivery.message_id}>", "Auto-Submitted": "auto-generated"}
    if stop:
        headers["List-Unsubscribe"] = f"<{stop}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(subject=subject, body=text, to=[to], headers=headers)
    if html:
        message.attach_alternative(html, "text/html")
    return message
