"""The template words: drawings, faces, times."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.utils import translation

from engagement.http.drawings import HEARTS, ICONS
from engagement.http.templatetags import vaffel

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("before", "norwegian", "english"),
    [
        (dt.timedelta(minutes=14), "14 min", "14 min"),
        (dt.timedelta(hours=3, minutes=20), "3 t", "3 hr"),
        (dt.timedelta(days=2), "2 d", "2 days"),
        (dt.timedelta(days=12), "11. nov.", "Nov 11"),
        (dt.timedelta(days=400), "19. okt. 2025", "Oct 19, 2025"),
    ],
)
def test_ago_is_short(before: dt.timedelta, norwegian: str, english: str) -> None:
    with translation.override("nb"):
        assert vaffel.ago_words(NOW - before, NOW) == norwegian
    with translation.override("en"):
        assert vaffel.ago_words(NOW - before, NOW) == english


def test_ago_of_this_minute_is_now() -> None:
    with translation.override("en"):
        assert vaffel.ago_words(NOW - dt.timedelta(seconds=59), NOW) == "now"


def test_ago_of_a_time_to_come_is_a_clock_time() -> None:
    with translation.override("nb"):
        assert vaffel.ago_words(NOW + dt.timedelta(hours=2), NOW) == "15:00"


def test_long_date_names_weekday_and_month() -> None:
    with translation.override("nb"):
        assert vaffel.long_date(dt.date(2026, 11, 23)) == "mandag 23. november"
    with translation.override("en"):
        assert vaffel.long_date(dt.date(2026, 11, 23)) == "Monday, November 23"


@pytest.mark.parametrize("hue", [0, 11, 12, 25])
def test_avatar_has_one_of_twelve_colours(hue: int) -> None:
    who = SimpleNamespace(name="Amina", initials="AH", hue=hue)
    assert str(vaffel.avatar(who)) == (
        f'<span class="face hue-{hue % 12}" aria-hidden="true">AH</span>'
    )


def test_avatar_escapes_what_it_is_given() -> None:
    who = {"name": '"><script>', "initials": "<b>", "hue": 1}
    drawn = vaffel.avatar(who, label=True)
    assert "<script>" not in drawn
    assert "<b>" not in drawn


def test_avatars_counts_those_left_out() -> None:
    people = [SimpleNamespace(name="A", initials="A", hue=1)] * 6
    assert vaffel.avatars(people, most=4).count("face hue-") == 4
    assert ">+2<" in vaffel.avatars(people, most=4)


@pytest.mark.parametrize("name", ICONS)
def test_icon_is_drawn(name: str) -> None:
    assert "<path d=" in vaffel.icon(name)


def test_icon_with_label_is_told_to_screen_readers() -> None:
    assert 'role="img" aria-label="Wall"' in vaffel.icon("wall", label="Wall")


def test_mark_has_five_hearts_of_which_some_may_be_away() -> None:
    assert len(HEARTS) == 5
    assert vaffel.mark().count("<path") == 1
    assert vaffel.mark(away=2).count("<path") == 2


def test_undo_is_read_from_the_message() -> None:
    message = Message(25, "Sent", extra_tags="undo:/kudos/k1/undo/#12")
    assert (vaffel.undo_url(message), vaffel.undo_seconds(message)) == ("/kudos/k1/undo/", "12")
    plain = Message(25, "Sent")
    assert (vaffel.undo_url(plain), vaffel.undo_seconds(plain)) == ("", "8")


@pytest.mark.parametrize(
    ("names", "nb", "en"),
    [
        ([], "", ""),
        (["Ola"], "Ola", "Ola"),
        (["Ola", "Berit"], "Ola og Berit", "Ola and Berit"),
        (["Ola", "Berit", "Per"], "Ola, Berit og Per", "Ola, Berit, and Per"),
    ],
)
def test_names_in_a_row(names: list[str], nb: str, en: str) -> None:
    for language, said in (("nb", nb), ("en", en)):
        with translation.override(language):
            assert vaffel.in_a_row(names) == said


def test_drawing_is_the_file_as_it_stands() -> None:
    drawn = vaffel.drawing("events/emblems", "cup")
    assert drawn == (settings.BASE_DIR / "templates/events/emblems/cup.svg").read_text()
    assert drawn is vaffel.drawing("events/emblems", "cup")


def test_dates_are_kept_by_language() -> None:
    for language, told in (("nb", "23. november 2026, 13:00"), ("en", "November 23, 2026, 13:00")):
        with translation.override(language):
            assert vaffel.moment(NOW) == told
            assert vaffel.moment(NOW) == told
            assert vaffel.clock(NOW) == "13:00"
