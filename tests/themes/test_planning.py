"""Who plans, what is refused, what stays when somebody is wrong, and the default plan."""

import contextlib
import datetime as dt
import threading
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse

from engagement import times
from engagement.people.models import AuditEntry, RoleAssignment
from engagement.themes import access, actions, queries
from engagement.themes.models import ThemeDay
from engagement.themes.seeds import SEEDS
from tests import factories
from tests.conftest import Cast, sign_in
from tests.events.signup.helpers import at_once
from tests.themes.factories import make_theme_day

AT = dt.datetime(2027, 1, 10, 9, tzinfo=dt.UTC)
FORM = {
    "name_nb": "Valentinsdagen",
    "name_en": "Valentine's Day",
    "greeting_nb": "Si noe fint",
    "greeting_en": "Say something kind",
    "look": "valentine",
    "rule": "fixed",
    "month": "2",
    "day": "14",
    "days_count": "1",
    "position": "0",
    "is_on": "on",
}


def create(client: Client, **changes: Any) -> Any:
    return client.post("/theme-days/new/", FORM | changes)


@pytest.fixture
def as_hr(cast: Cast) -> Client:
    hr = factories.make_person("Hanne", "HR", unit=cast.department)
    factories.give_role(hr, RoleAssignment.Role.HR)
    return sign_in(Client(), hr)


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def test_hr_plans_a_day(as_hr: Client) -> None:
    answer = create(as_hr)
    day = ThemeDay.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/theme-days/{day.key}/")
    assert (day.look, day.month, day.day, day.is_on) == ("valentine", 2, 14, True)
    assert verbs() == ["theme-day-created"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"month": "2", "day": "31"}, "day"),
        ({"month": "2", "day": "29"}, "day"),
        ({"month": "13"}, "month"),
        ({"day": ""}, "day"),
        ({"days_count": "61"}, "days_count"),
        ({"days_count": "-1"}, "days_count"),
        ({"rule": "date", "starts_on": "2027-06-10", "ends_on": "2027-06-09"}, "ends_on"),
        ({"rule": "date", "starts_on": "2027-01-01", "ends_on": "2027-12-31"}, "ends_on"),
        ({"rule": "date"}, "starts_on"),
        ({"rule": "advent", "nth": "-1"}, "nth"),
        ({"rule": "easter", "offset": "71"}, "offset"),
        ({"rule": "easter", "offset": "9" * 400}, "offset"),
        ({"rule": "moon"}, "rule"),
        ({"name_nb": "x" * 10_000}, "name_nb"),
        ({"name_nb": "\u200b\u202e "}, "name_nb"),
        ({"name_en": ""}, "name_en"),
        ({"look": "x"}, "look"),
        ({"look": '"><script>'}, "look"),
        ({"greeting_nb": "God dag!"}, "greeting_nb"),
        ({"sites": "t00000000000000"}, "sites"),
    ],
)
def test_wrong_input_is_told_beside_its_field_and_nothing_is_lost(
    as_hr: Client, changes: dict[str, str], field: str
) -> None:
    answer = create(as_hr, **changes)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert ThemeDay.objects.count() == 0
    page = answer.content.decode()
    assert 'value="Si noe fint"' in page or "greeting_nb" in changes
    assert "<script>" not in page.replace('<script src="', "")


def test_markup_in_a_name_stays_text(as_hr: Client) -> None:
    create(as_hr, name_nb="<b>Dag</b>", name_en="<img src=x onerror=y>")
    day = ThemeDay.objects.get()
    for address in ("/theme-days/", f"/theme-days/{day.key}/", f"/walls/theme-days/{day.key}/"):
        page = as_hr.get(address, {"year": "2027"}).content.decode()
        assert "<b>Dag</b>" not in page
        assert "&lt;b&gt;Dag&lt;/b&gt;" in page


def test_second_day_of_a_name_is_refused_whatever_its_case(as_hr: Client) -> None:
    create(as_hr)
    answer = create(as_hr, name_nb="VALENTINSDAGEN", name_en="Another")
    assert answer.status_code == 422
    assert len(answer.context["form"].errors) == 1
    assert ThemeDay.objects.count() == 1


def test_closed_site_cannot_be_chosen_and_one_that_closed_later_may_stay(
    as_hr: Client, cast: Cast
) -> None:
    create(as_hr, sites=cast.trondheim.key)
    day = ThemeDay.objects.get()
    assert [site.name for site in day.sites.all()] == ["Trondheim"]
    cast.trondheim.closed_on = cast.gjovik.closed_on = dt.date(2020, 1, 1)
    cast.trondheim.save()
    cast.gjovik.save()
    kept = FORM | {"name_en": "Changed", "sites": cast.trondheim.key}
    assert as_hr.post(f"/theme-days/{day.key}/edit/", kept).status_code == 302
    other = FORM | {"sites": cast.gjovik.key}
    assert as_hr.post(f"/theme-days/{day.key}/edit/", other).status_code == 422
    with pytest.raises(ValidationError) as refused:
        actions.change_theme_day(day=day, facts={}, sites=[cast.gjovik], by=cast.admin, at=AT)
    assert list(refused.value.message_dict) == ["sites"]
    months = as_hr.get("/theme-days/", {"year": "2027"}).context["months"]
    assert [one.is_closed for month in months for one in month.planned] == [True]


def test_rule_keeps_nothing_of_another_kind(as_hr: Client) -> None:
    create(as_hr, rule="easter", offset="-2", starts_on="2027-01-01", nth="3", weekday="2")
    day = ThemeDay.objects.get()
    facts = (day.month, day.day, day.weekday, day.nth, day.starts_on, day.offset)
    assert facts == (None, None, None, None, None, -2)


def test_database_holds_a_rule_to_its_facts(db: None) -> None:
    day = make_theme_day()
    for facts in (
        {"month": None}, {"day": 32}, {"rule": "advent"}, {"rule": "date"}, {"days_count": 0},
        {"rule": "moon"}, {"name_nb": ""},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            ThemeDay.objects.filter(pk=day.pk).update(**facts)


def test_switching_twice_is_told_once(as_hr: Client) -> None:
    day = make_theme_day(is_on=False)
    for _ in range(2):
        as_hr.post(f"/theme-days/{day.key}/switch/", {"is_on": "1"})
    day.refresh_from_db()
    assert day.is_on
    as_hr.post(f"/theme-days/{day.key}/switch/")
    day.refresh_from_db()
    assert not day.is_on
    assert verbs() == ["theme-day-switched-on", "theme-day-switched-off"]


def test_stale_page_does_not_switch_a_day_on_again(as_hr: Client) -> None:
    day = make_theme_day()
    page = as_hr.get(f"/theme-days/{day.key}/edit/").content.decode()
    assert page.count('name="initial-is_on" value="True"') == 1
    as_hr.post(f"/theme-days/{day.key}/switch/")
    old = FORM | {"initial-is_on": "True", "greeting_nb": "Ny hilsen"}
    assert as_hr.post(f"/theme-days/{day.key}/edit/", old).status_code == 302
    day.refresh_from_db()
    assert (day.is_on, day.greeting_nb) == (False, "Ny hilsen")
    on_again = FORM | {"initial-is_on": "False"}
    assert as_hr.post(f"/theme-days/{day.key}/edit/", on_again).status_code == 302
    day.refresh_from_db()
    assert day.is_on
    off = {name: value for name, value in FORM.items() if name != "is_on"}
    as_hr.post(f"/theme-days/{day.key}/edit/", off | {"initial-is_on": "True"})
    day.refresh_from_db()
    assert not day.is_on


def test_change_keeps_what_others_changed_meanwhile(cast: Cast) -> None:
    stale = make_theme_day()
    actions.switch_theme_day(day=ThemeDay.objects.get(), is_on=False, by=cast.admin, at=AT)
    facts = {"greeting_nb": "Ny hilsen"}
    now = actions.change_theme_day(day=stale, facts=facts, sites=[], by=cast.admin, at=AT)
    kept = ThemeDay.objects.get()
    assert (kept.is_on, kept.greeting_nb) == (now.is_on, now.greeting_nb) == (False, "Ny hilsen")


def test_removing_asks_once_and_is_logged(as_hr: Client) -> None:
    day = make_theme_day()
    assert as_hr.get(f"/theme-days/{day.key}/remove/").status_code == 200
    assert ThemeDay.objects.count() == 1
    as_hr.post(f"/theme-days/{day.key}/remove/")
    assert ThemeDay.objects.count() == 0
    assert verbs() == ["theme-day-removed"]
    assert as_hr.post(f"/theme-days/{day.key}/remove/").status_code == 404


def test_planner_of_a_part_and_everybody_else_only_read(cast: Cast, as_alice: Client) -> None:
    day = make_theme_day()
    part = factories.make_person("Pia", "Part", unit=cast.department)
    factories.give_role(part, RoleAssignment.Role.HR, employer=cast.employer)
    for person in (cast.alice, cast.keeper, cast.charlie, part):
        assert access.get_theme_day_to_view(person, day.key) == day
        with pytest.raises(PermissionDenied):
            access.get_theme_day_to_plan(person, day.key)
    with pytest.raises(Http404):
        access.get_theme_day_to_view(cast.admin, "h'\x00")
    for address in ("edit", "switch", "remove", "wear"):
        assert as_alice.post(f"/theme-days/{day.key}/{address}/", FORM).status_code == 403
    assert create(as_alice).status_code == 403
    page = as_alice.get("/theme-days/", {"year": "2027"}).content.decode()
    assert "Valentinsdagen" in page
    assert "theme-switch" not in page
    assert "theme-edit" not in as_alice.get(f"/theme-days/{day.key}/").content.decode()


def test_default_plan_is_made_once_and_never_undoes_a_planner(cast: Cast) -> None:
    assert actions.make_default_plan(at=AT) == len(SEEDS)
    on = set(ThemeDay.objects.filter(is_on=True).values_list("seed", flat=True))
    assert on == {"sami", "women", "waffles", "constitution", "service", "wellbeing", "newyear"}
    removed = ThemeDay.objects.get(seed="halloween")
    actions.remove_theme_day(day=removed, by=cast.admin, at=AT)
    assert actions.make_default_plan(at=AT) == 0
    assert not ThemeDay.objects.filter(seed="halloween").exists()


def test_default_plan_leaves_a_day_of_the_same_name_alone(db: None) -> None:
    make_theme_day("Påske", rule="easter", offset=0, look="women")
    assert actions.make_default_plan(at=AT) == len(SEEDS) - 1
    assert ThemeDay.objects.get(name_nb="Påske").look == "women"


def test_plan_has_an_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_THEME_DAYS", 1)
    make_theme_day()
    fresh = ThemeDay(name_nb="En", name_en="One", look="women", month=1, day=1)
    with pytest.raises(ValidationError):
        actions.create_theme_day(day=fresh, by=cast.admin, at=AT)


def test_seeds_speak_calmly_and_in_looks_that_are_drawn() -> None:
    for seed in SEEDS:
        facts = {name: getattr(seed.rule, name) for name in ("month", "day", "weekday", "nth",
                 "offset", "days_count")}  # fmt: skip
        day = ThemeDay(
            name_nb=seed.name_nb, name_en=seed.name_en, greeting_nb=seed.greeting_nb,
            greeting_en=seed.greeting_en, look=seed.look, rule=seed.rule.kind,
            reference=seed.reference, **facts,
        )  # fmt: skip
        day.clean_fields()
        day.clean()


def test_year_tells_who_gives_way(db: None) -> None:
    advent = make_theme_day("Advent", look="advent", rule="advent", nth=1, days_count=24)
    lucia = make_theme_day("Lucia", look="lucia", month=12, day=13)
    months = queries.year_plan(2027, today=dt.date(2027, 12, 1))
    told = {one.day: one for month in months for one in month.planned}
    assert list(told[advent].shadowed_by) == [lucia]
    assert told[lucia].shadowed_by == ()
    assert (told[advent].is_now, told[lucia].is_now) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_year_asks_the_same_however_many_days(
    as_hr: Client, cast: Cast, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        make_theme_day(f"Dag {number}", day=number + 1, sites=(cast.trondheim,))
    as_hr.get("/theme-days/")
    with django_assert_num_queries(YEAR_QUERIES):
        assert as_hr.get("/theme-days/", {"year": "2027"}).status_code == 200


# Session, person, roles, unread notices; the days and their sites.
YEAR_QUERIES = 6


@pytest.mark.parametrize("raw", ["", "abc", "99999", "-1", "²027", "2019"])
def test_odd_year_is_this_year(as_hr: Client, raw: str) -> None:
    assert as_hr.get("/theme-days/", {"year": raw}).context["year"] == times.today().year


def test_day_shows_what_a_card_today_and_a_wall_look_like(as_hr: Client) -> None:
    day = make_theme_day(greeting_nb="Si noe fint")
    answer = as_hr.get(f"/theme-days/{day.key}/")
    page = answer.content.decode()
    assert page.count("theme-pane is-light is-theme-valentine") == 1
    assert page.count("theme-pane is-dark is-theme-valentine") == 1
    assert page.count("look look-valentine") == 2
    still = reverse("wallboards:theme-still", args=[day.key])
    assert f'src="{still}"' in page
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    wall = as_hr.get(still)
    assert 'data-theme="valentine"' in wall.content.decode()
    assert wall.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in wall.headers["Content-Security-Policy"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_find_no_room_for_two(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_THEME_DAYS", 1)
    count = ThemeDay.objects.count
    # Each looks, and is slow to act on what it saw.
    meeting = threading.Barrier(2)

    def slow_count() -> int:
        found = count()
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=0.5)
        return found

    monkeypatch.setattr(ThemeDay.objects, "count", slow_count)

    def add(month: int) -> None:
        day = ThemeDay(name_nb=f"{month}", name_en=f"{month}", look="women", month=month, day=1)
        actions.create_theme_day(day=day, by=None, at=AT)

    results = at_once([partial(add, 1), partial(add, 2)])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "ValidationError"]
    assert count() == 1
