"""The year as a drawing: where each day stands, what goes on over a month's end, and what is too much."""

import datetime as dt
import itertools
import re
from typing import Any

import pytest
from django.test import Client

from engagement.themes.drawing import DAY, LEFT, MOST_LANES, WIDTH, Line, drawn_year
from engagement.themes.models import ThemeDay
from engagement.themes.queries import year_plan
from tests.conftest import Cast, sign_in
from tests.themes.factories import make_theme_day

TODAY = dt.date(2027, 5, 20)


def lines(year: int = 2027, today: dt.date = TODAY) -> list[Line]:
    planned = [one for month in year_plan(year, today=today) for one in month.planned]
    return drawn_year(year, planned, today=today)


def marks(line: Line) -> list[tuple[str, str, int, int]]:
    return [
        (mark.planned.day.name_nb, mark.label, (mark.x - LEFT) // DAY + 1, mark.width // DAY)
        for mark in line.marks
    ]


def test_day_stands_at_its_date_under_its_emblem(db: None) -> None:
    make_theme_day()
    february = lines()[1]
    assert marks(february) == [("Valentinsdagen", "14", 14, 1)]
    (mark,) = february.marks
    assert mark.emblem_x + 16 == mark.label_x == mark.stem_x
    assert mark.emblem_y is not None
    assert 0 <= mark.emblem_y < mark.emblem_y + 24 < february.y < february.height
    assert [len(line.ticks) for line in lines()] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert [line.marks for number, line in enumerate(lines()) if number != 1] == [[]] * 11


def test_leap_year_has_a_day_more(db: None) -> None:
    assert len(lines(2028)[1].ticks) == 29


def test_today_is_on_one_line_only(db: None) -> None:
    assert [line.today_x for line in lines() if line.today_x] == [LEFT + 19 * DAY + DAY // 2]
    assert [line.today_x for line in lines(2028) if line.today_x] == []


def test_days_that_go_on_in_another_month_have_one_emblem(db: None) -> None:
    make_theme_day("Advent", look="advent", rule="advent", nth=1, days_count=24)
    november, december = lines()[10:]
    assert marks(november) == [("Advent", "28–", 28, 3)]
    assert marks(december) == [("Advent", "–21", 1, 21)]
    assert november.marks[0].emblem_y is not None
    assert december.marks[0].emblem_y is None


def test_new_year_is_drawn_on_both_its_ends(db: None) -> None:
    make_theme_day("Nyttår", look="newyear", month=12, day=31, days_count=2)
    january, december = lines()[0], lines()[11]
    assert marks(january) == [("Nyttår", "–1", 1, 1)]
    assert january.marks[0].emblem_y is not None
    assert marks(december) == [("Nyttår", "31–", 31, 1)]


def test_list_says_all_that_is_drawn(cast: Cast) -> None:
    """Also what began the year before: its row stands in January, and its "now" on 1 January."""
    make_theme_day("Nyttår", look="newyear", month=12, day=31, days_count=2)
    make_theme_day("Juledager", look="christmas", rule="date", starts_on=dt.date(2026, 12, 30),
                   ends_on=dt.date(2027, 1, 3))  # fmt: skip
    january, *_, december = year_plan(2027, today=dt.date(2027, 1, 1))
    told = [(one.day.name_nb, one.is_now, len(one.shadowed_by)) for one in january.planned]
    assert told == [("Juledager", True, 1), ("Nyttår", True, 0)]
    assert [(one.day.name_nb, one.is_now) for one in december.planned] == [("Nyttår", False)]
    page = sign_in(Client(), cast.alice).get("/theme-days/?year=2027").content.decode()
    targets = re.findall(r'href="#(day-[^"]+)"', page)
    assert len(targets) == 3
    assert sorted(targets) == sorted(re.findall(r'<li [^>]*id="(day-[^"]+)"', page))


def test_shorter_day_lies_on_a_longer_one(db: None) -> None:
    make_theme_day("Lucia", look="lucia", month=12, day=13)
    make_theme_day("Advent", look="advent", month=12, day=1, days_count=24)
    assert marks(lines()[11]) == [("Advent", "", 1, 24), ("Lucia", "13", 13, 1)]


def test_many_days_at_once_stay_on_the_paper(db: None) -> None:
    for number in range(40):
        make_theme_day(f"Dag {number}", month=3, day=8 + number % 3, position=number)
    march = lines()[2]
    lanes = {mark.emblem_y for mark in march.marks}
    assert len(lanes - {None}) == MOST_LANES
    shown = [mark for mark in march.marks if mark.emblem_y is not None]
    assert march.left_off_count == 40 - len(shown)
    for mark in march.marks:
        assert 0 <= mark.x < mark.x + mark.width <= WIDTH
        assert LEFT - DAY <= mark.emblem_x <= WIDTH - 32
        assert mark.emblem_y is None or 0 <= mark.emblem_y <= march.y - 34
    boxes = sorted((mark.emblem_y, mark.emblem_x) for mark in shown)  # type: ignore[type-var]
    apart = [
        b[1] - a[1] for a, b in itertools.pairwise(boxes) if a[0] == b[0]
    ]  # fmt: skip
    assert all(distance >= 32 for distance in apart)
    # Numbers that would stand on others are left to the list.
    assert len([mark for mark in march.marks if mark.label]) < 4


def test_day_that_is_on_lies_over_one_that_is_off(db: None) -> None:
    make_theme_day("A", is_on=False)
    make_theme_day("B", position=1)
    assert [mark.planned.day.name_nb for mark in lines()[1].marks] == ["A", "B"]


# --- The page -------------------------------------------------------------------------------------

HOSTILE = ('"><script>alert(1)</script>', "\u05d0\u05d1\u05d2 dag", "W" * 60)


@pytest.mark.parametrize("name", HOSTILE)
def test_drawing_is_for_the_eye_and_takes_nothing_typed_for_markup(cast: Cast, name: str) -> None:
    make_theme_day(name, name_en=f"{name}"[:55] + " (en)")
    day = ThemeDay.objects.get()
    page = sign_in(Client(), cast.alice).get("/theme-days/?year=2027").content.decode()
    figure = page[page.index('<figure class="theme-lines"') : page.index("</figure>")]
    assert "<script" not in figure
    assert figure.count("<svg class") == 12
    # Whoever reads with ears or keys has the list: nothing in the drawing is focused or spoken.
    assert re.findall(r'<a [^>]*href="(#day-[^"]+)" tabindex="-1"', figure) == [
        f"#day-{day.key}-2027"
    ]
    assert figure.count("<a ") == 1
    assert '<div class="theme-lines-in" aria-hidden="true">' in figure
    assert f'id="day-{day.key}-2027"' in page
    # Whole numbers only: an SVG reads no decimal comma.
    assert re.findall(r'(?:x|y|width|height|d)="[^"]*,[^"]*"', figure) == []


def test_year_without_days_is_not_drawn(cast: Cast) -> None:
    page = sign_in(Client(), cast.alice).get("/theme-days/?year=2027").content.decode()
    assert "theme-lines" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_drawn_plan_asks_the_same_whatever_it_holds(
    cast: Cast, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        make_theme_day(f"Dag {number}", month=3, day=8 + number)
    with django_assert_num_queries(2):
        year_plan(2027, today=TODAY)
