"""Words of our own for templates: drawings, faces and times. Loaded into every template."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Protocol

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from django import template
from django.contrib.messages.storage.base import Message
from django.template.defaultfilters import stringfilter
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext

from engagement.http.drawings import HEARTS, ICONS, MARK_BOX
from engagement.times import now

register = template.Library()

UNDO = "undo:"
# Pages name few days, and the same ones again and again.
DAYS_KEPT = 4096
# Initials on a colour, of which a large organisation has some thousands.
FACES_KEPT = 8192
FACE_SIZES = {"small", "", "large", "huge"}
HUES = 12


class HasFace(Protocol):
    """What a face is drawn from: a person, a unit, a card's receiver."""

    @property
    def name(self) -> str: ...
    @property
    def initials(self) -> str: ...
    @property
    def hue(self) -> int: ...


Face = HasFace | Mapping[str, Any]


def _tell(who: Face, what: str) -> Any:
    """Faces come as objects from queries and as plain dicts from cards."""
    return who[what] if isinstance(who, Mapping) else getattr(who, what)


def _language() -> str:
    return (get_language() or "nb").split("-")[0]


def _locale() -> Locale:
    return _parsed(_language())


@cache
def _parsed(language: str) -> Locale:
    return Locale.parse(language)


# --- drawings -------------------------------------------------------------------------------------
@register.simple_tag
@cache
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon by name (see ``engagement.http.drawings``).

    Hidden from screen readers unless ``label`` says what it means. ``size`` is "" or "small".
    An unknown name raises KeyError: a page with a hole in it should fail in a test.
    """
    css_class = f"icon is-{size}" if size else "icon"
    path = format_html('<path d="{}"/>', ICONS[name])
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>',
            css_class, label, path,
        )  # fmt: skip
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', css_class, path
    )


@register.simple_tag
@cache
def mark(css_class: str = "mark-icon", away: int = 0) -> SafeString:
    """The waffle of five hearts, in the text's colour; the last ``away`` hearts are faint."""
    whole = "".join(HEARTS[: 5 - away])
    faint = "".join(HEARTS[5 - away :])
    rest = format_html('<path class="is-away" d="{}"/>', faint) if faint else ""
    return format_html(
        '<svg class="{}" viewBox="{}" fill="currentColor" aria-hidden="true">'
        '<path d="{}"/>{}</svg>',
        css_class, MARK_BOX, whole, rest,
    )  # fmt: skip


@register.simple_tag
@cache
def drawing(kind: str, name: str) -> SafeString:
    """The SVG file ``name`` of the template folder ``kind``, read once.

    It says the same on every page: it is given nothing.
    """
    return mark_safe(get_template(f"{kind}/{name}.svg").render())  # noqa: S308


# --- faces ----------------------------------------------------------------------------------------
@register.simple_tag
def avatar(who: Face, size: str = "", label: bool = False) -> SafeString:
    """The initials of a person or unit on their own colour.

    The name usually stands beside it, so it is hidden from screen readers unless ``label``.
    Sizes: small (30 px), "" (44 px), large (64 px), huge (96 px).
    """
    if size not in FACE_SIZES:
        raise ValueError(f"No face of size {size!r}")
    classes = f"face hue-{int(_tell(who, 'hue')) % HUES}" + (f" is-{size}" if size else "")
    return _face(classes, _tell(who, "initials"), _tell(who, "name") if label else "")


# By type as well: what is escaped depends on it.
@lru_cache(FACES_KEPT, typed=True)
def _face(classes: str, initials: str, name: str) -> SafeString:
    if name:
        return format_html(
            '<span class="{}" role="img" aria-label="{}">{}</span>', classes, name, initials
        )
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, initials)


@register.simple_tag
def avatars(people: Iterable[Face], size: str = "", most: int = 4) -> SafeString:
    """Several faces overlapping; those beyond ``most`` become a number."""
    everyone = list(people)
    faces = format_html_join("", "{}", ((avatar(who, size),) for who in everyone[:most]))
    more = len(everyone) - most
    rest = (
        format_html('<span class="face{}" aria-hidden="true">+{}</span>',
                    f" is-{size}" if size else "", more)
        if more > 0
        else ""
    )  # fmt: skip
    return format_html('<span class="faces">{}{}</span>', faces, rest)


# --- times ----------------------------------------------------------------------------------------
def ago_words(when: dt.datetime, at: dt.datetime) -> str:
    """How long before ``at`` something happened, in few characters: "now", "14 min", "1 t".

    After six days it is a date, with its year when that is another. A time to come reads as a
    clock time today, else a date.
    """
    locale = _locale()
    age = at - when
    local, today = timezone.localtime(when), timezone.localtime(at)
    if dt.timedelta(0) <= age < dt.timedelta(minutes=1):
        return pgettext("how long ago", "now")
    if dt.timedelta(0) <= age < dt.timedelta(days=6):
        return format_timedelta(age, threshold=1.0, format="short", locale=locale).rstrip(".")
    if local.date() == today.date():
        return format_time(local, "short", locale=locale)
    skeleton = "MMMd" if local.year == today.year else "yMMMd"
    return _date_words(local.date(), skeleton, locale.language)


@lru_cache(DAYS_KEPT)
def _date_words(day: dt.date, skeleton: str, language: str) -> str:
    locale = _parsed(language)
    return format_date(day, str(locale.datetime_skeletons[skeleton]), locale=locale)


@register.filter(name="ago")
def ago(when: dt.datetime | None) -> str:
    """How long ago, in few characters. Nothing for no time."""
    return ago_words(when, now()) if when else ""


@register.filter(name="long_date")
def long_date(day: dt.date | dt.datetime | None) -> str:
    """Weekday and date in full: "mandag 23. november"."""
    if day is None:
        return ""
    local = timezone.localtime(day).date() if isinstance(day, dt.datetime) else day
    return _day_in_full(local, _language())


@lru_cache(DAYS_KEPT)
def _day_in_full(day: dt.date, language: str) -> str:
    words = _date_words(day, "MMMEd", language)
    for short, full in (("EEE", "EEEE"), ("MMM", "MMMM")):
        locale = _parsed(language)
        words = words.replace(format_date(day, short, locale), format_date(day, full, locale))
    return words


@register.filter(name="clock")
def clock(when: dt.datetime | None) -> str:
    """The local time of day: "14:05"."""
    return f"{timezone.localtime(when):%H:%M}" if when else ""


@register.filter(name="moment")
def moment(when: dt.datetime | None) -> str:
    """Date and time in full, as told in a tooltip: "23. november 2026, 14:05"."""
    if when is None:
        return ""
    local = timezone.localtime(when)
    return f"{_long_date(local.date(), _language())}, {local:%H:%M}"


@lru_cache(DAYS_KEPT)
def _long_date(day: dt.date, language: str) -> str:
    return format_date(day, "long", locale=_parsed(language))


@register.simple_tag(name="time")
def time_tag(when: dt.datetime | None, css_class: str = "") -> SafeString | str:
    """A ``<time>`` that reads as how long ago, and tells the whole moment to those who ask."""
    if when is None:
        return ""
    return format_html(
        '<time{} datetime="{}" title="{}">{}</time>',
        format_html(' class="{}"', css_class) if css_class else "",
        when.isoformat(timespec="seconds"), moment(when), ago(when),
    )  # fmt: skip


# --- messages -------------------------------------------------------------------------------------
@register.filter
def undo_url(message: Message) -> str:
    """Where a message's Undo posts to: ``messages.success(…, extra_tags="undo:/path/")``."""
    extra = message.extra_tags or ""
    return extra.removeprefix(UNDO).partition("#")[0] if extra.startswith(UNDO) else ""


@register.filter
def undo_seconds(message: Message) -> str:
    """How long Undo is offered: the number after # in ``undo:/path/#8``; "8" unless told."""
    return (message.extra_tags or "").partition("#")[2] or "8"


# --- small helps ----------------------------------------------------------------------------------
@register.filter
def in_a_row(names: Iterable[str]) -> str:
    """Names as they are said: "Amina, Jonas og Līga"."""
    return format_list(list(names), locale=_locale())


@register.filter
@stringfilter
def initials_of(name: str) -> str:
    """Initials for something that has only a name: first letters of its first and last word."""
    words = name.split()
    return (
        (words[0][:1] + (words[-1][:1] if len(words) > 1 else words[0][1:2])).upper()
        if words
        else ""
    )


@register.filter
def aria_current(is_current: bool) -> SafeString:
    """`` aria-current="page"`` when true."""
    return mark_safe(' aria-current="page"') if is_current else SafeString("")
