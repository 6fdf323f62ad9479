"""What the writes of announcements share: one look at a row that nobody else changes, and its words."""

import datetime as dt
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from engagement.text import clean_line, clean_lines
from events.actions.planning import too_long
from events.announcement_facts import WORDS, Words
from events.models import (
    ANSWER_LENGTH,
    BODY_LENGTH,
    SHORT_ANSWER_LENGTH,
    TITLE_LENGTH,
    Announcement,
)

Problems = Iterator[tuple[str, str]]
LENGTHS = {
    "title": TITLE_LENGTH,
    "decided": ANSWER_LENGTH,
    "why": ANSWER_LENGTH,
    "affects": SHORT_ANSWER_LENGTH,
    "next_step": SHORT_ANSWER_LENGTH,
    "body_name": BODY_LENGTH,
}
ON_ONE_LINE = ("title", "body_name")
# Longer is a slip of the year.
FURTHEST = dt.timedelta(days=5 * 366)


def hold(announcement: Announcement, *, version: int | None) -> Announcement:
    """The row, fresh and locked. Refuses (code ``stale``) when it is not as the page that acts had
    seen it."""
    # Not its key: readers' rows lead to it, and must not wait for somebody who waits for their notices.
    rows = Announcement.objects.select_for_update(no_key=True)
    held = rows.filter(pk=announcement.pk).first()
    if held is None:
        raise ValidationError(_("The draft is deleted."), code="gone")
    if version is not None and version != held.version:
        raise ValidationError(
            _("Somebody changed it since you opened this page. Look at it as it is now."),
            code="stale",
        )
    return held


def hold_draft(announcement: Announcement, *, version: int | None) -> Announcement:
    """The same; refuses what was sent meanwhile."""
    held = hold(announcement, version=version)
    if held.published_at:
        raise ValidationError(
            _("It has been sent. What was sent is corrected, not changed."), code="sent"
        )
    return held


def hold_sent(announcement: Announcement, *, version: int | None) -> Announcement:
    """The same; refuses what was not sent, is over or withdrawn."""
    held = hold(announcement, version=version)
    if held.published_at is None:
        raise ValidationError(_("It has not been sent yet."), code="draft")
    if held.withdrawn_at:
        raise ValidationError(_("It is withdrawn already."), code="withdrawn")
    if held.ended_at:
        raise ValidationError(_("It is over already."), code="ended")
    return held


def cleaned_words(words: Words) -> dict[str, object]:
    """Its texts made safe. Lengths stay to be judged."""
    found: dict[str, object] = {"next_on": words.next_on}
    for name in LENGTHS:
        clean = clean_line if name in ON_ONE_LINE else clean_lines
        found[name] = clean(getattr(words, name))
    return found


def wrong_words(words: Words, *, is_sent: bool, at: dt.datetime) -> Problems:
    """What is wrong with cleaned ``words``; a draft may be unfinished."""
    if not words.title:
        yield "title", _("Give it a title: what somebody should see first.")
    if is_sent:
        if not words.decided:
            yield "decided", _("Say what was decided.")
        if not words.why:
            yield "why", _("Say why: it is what people ask first.")
        if not words.affects:
            yield "affects", _("Say whom it affects, and how.")
    for name, most in LENGTHS.items():
        yield from too_long(name, getattr(words, name), most)
    if words.next_on and abs(words.next_on - at.date()) > FURTHEST:
        yield "next_on", _("Choose a day within five years.")


def write_words(announcement: Announcement, words: Words) -> None:
    """Puts ``words`` on ``announcement``; does not save."""
    for name in WORDS:
        setattr(announcement, name, getattr(words, name))
