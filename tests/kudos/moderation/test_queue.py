"""The queue of reports and the list of what was decided, page by page."""

import datetime as dt
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from django.test import Client

from engagement import times
from engagement.people import actions as people
from engagement.people.models import Person
from kudos import actions, queries
from kudos.models import Decision, Kudos
from kudos.queries import moderation
from tests import factories
from tests.conftest import Cast, sign_in
from tests.kudos.moderation.cases import given, hr, report, said

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for find in (queries.waiting_cases, queries.decided):
        monkeypatch.setitem(find.__kwdefaults__, "limit", 2)


def reported(cast: Cast, number: int) -> list[Kudos]:
    """Thanks with a report each, the longest waiting first."""
    at, made = times.now(), [given(cast, message=f"Takk {n}.") for n in range(number)]
    for n, kudos in enumerate(made):
        report(kudos, cast.bob, at=at + n * MINUTE)
    return made


def decided(cast: Cast, number: int) -> list[Kudos]:
    """Thanks somebody decided about, the newest decision first."""
    at, made = times.now(), reported(cast, number)
    for n, kudos in enumerate(made):
        actions.decide_reports(thing=kudos, by=cast.admin, hides=False, at=at + n * MINUTE)
    return made[::-1]


def things_of(page: Any) -> list[Any]:
    return [row.thing for row in page.items]


def every_page(find: Any, person: Person) -> Iterator[list[Any]]:
    after = None
    while True:
        page = find(person, after=after, at=times.now())
        yield things_of(page)
        if (after := page.next) is None:
            return


def test_pages_hold_every_case_once_the_longest_waiting_first(cast: Cast) -> None:
    made = reported(cast, 5)
    assert list(every_page(queries.waiting_cases, cast.admin)) == [made[:2], made[2:4], made[4:]]


def test_full_last_page_has_no_next(cast: Cast) -> None:
    made = reported(cast, 2)
    assert list(every_page(queries.waiting_cases, cast.admin)) == [made]


def test_thing_keeps_its_place_by_its_first_report(cast: Cast) -> None:
    made = reported(cast, 3)
    report(made[0], cast.charlie, at=times.now() + 60 * MINUTE)
    report(comment := said(made[0], cast.charlie), cast.bob, at=times.now() + 61 * MINUTE)
    pages = list(every_page(queries.waiting_cases, cast.admin))
    assert pages == [made[:2], [made[2], comment]]


def test_what_is_decided_or_reported_meanwhile_neither_hides_nor_doubles(cast: Cast) -> None:
    made = reported(cast, 5)
    first = queries.waiting_cases(cast.admin, at=times.now())
    for kudos in made[:3]:
        actions.decide_reports(thing=kudos, by=cast.admin, hides=True, at=times.now())
    report(late := given(cast), cast.bob, at=times.now() + 60 * MINUTE)
    second = queries.waiting_cases(cast.admin, after=first.next, at=times.now())
    assert things_of(second) == made[3:]
    third = queries.waiting_cases(cast.admin, after=second.next, at=times.now())
    assert (things_of(third), third.next) == ([late], None)


def test_reports_of_one_instant_are_told_apart(cast: Cast) -> None:
    at = times.now()
    made = [given(cast) for _ in range(5)]
    for kudos in made:
        report(kudos, cast.bob, at=at)
    pages = every_page(queries.waiting_cases, cast.admin)
    assert list(chain.from_iterable(pages)) == made


def test_pages_hold_every_decision_once_the_newest_first(cast: Cast) -> None:
    made = decided(cast, 5)
    assert list(every_page(queries.decided, cast.admin)) == [made[:2], made[2:4], made[4:]]


def test_decisions_undone_or_made_meanwhile_move_nothing(cast: Cast) -> None:
    made = decided(cast, 5)
    first = queries.decided(cast.admin, at=times.now())
    last = first.items[-1]
    actions.undo_decision(decision=last, by=cast.admin, at=last.at)
    assert not Decision.objects.filter(pk=last.pk).exists()
    actions.hide_thing(
        thing=given(cast), by=cast.admin, reason="other", at=times.now() + 60 * MINUTE
    )
    second = queries.decided(cast.admin, after=first.next, at=times.now())
    assert things_of(second) == made[2:4]


def test_pages_show_nothing_that_another_decides(cast: Cast) -> None:
    partner_hr = hr(cast, employer=cast.partner)
    inside = [given(cast, to=[cast.charlie]) for _ in range(3)]
    at = times.now()
    for n, kudos in enumerate([*reported(cast, 4), *inside]):
        report(kudos, cast.keeper, at=at + n * MINUTE)
    assert list(every_page(queries.waiting_cases, partner_hr)) == [inside[:2], inside[2:]]


@pytest.mark.parametrize("steps", [1, 2, 50])
def test_ones_own_decisions_are_found_behind_any_number_of_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(moderation, "DECIDED_READ", 2)
    monkeypatch.setattr(moderation, "DECIDED_STEPS", steps)
    partner_hr, at = hr(cast, employer=cast.partner), times.now()
    inside = [given(cast, to=[cast.charlie]) for _ in range(3)]
    for n, kudos in enumerate(inside):
        report(kudos, cast.keeper)
        actions.decide_reports(thing=kudos, by=cast.admin, hides=False, at=at - (n + 1) * MINUTE)
    decided(cast, 7)
    pages = list(every_page(queries.decided, partner_hr))
    assert list(chain.from_iterable(pages)) == inside
    assert all(len(page) <= 2 for page in pages)


def test_page_whose_own_ones_lie_further_back_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderation, "DECIDED_READ", 2)
    monkeypatch.setattr(moderation, "DECIDED_STEPS", 1)
    partner_hr = hr(cast, employer=cast.partner)
    people.choose_language(person=partner_hr, language="en", by=partner_hr, at=times.now())
    decided(cast, 4)
    answer = sign_in(Client(), partner_hr).get("/kudos/reports/?tab=decided")
    page = answer.content.decode()
    assert answer.context["page"].items == []
    assert "Older decisions may be" in page
    assert 'data-testid="more"' in page
    assert "Nothing is decided yet" not in page


def shown_on(page: str) -> list[str]:
    return re.findall(r'data-testid="(?:report-case|decision)" data-key="(\w+)"', page)


@pytest.mark.parametrize("tab", ["waiting", "decided"])
def test_links_lead_through_all_pages_without_script(
    as_admin: Client, cast: Cast, tab: str
) -> None:
    made = reported(cast, 5) if tab == "waiting" else decided(cast, 5)
    address, seen = f"/kudos/reports/?tab={tab}", []
    while address:
        page = as_admin.get(address).content.decode()
        seen.append(shown_on(page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == [[one.key for one in made[n : n + 2]] for n in (0, 2, 4)]


def test_decision_leads_back_to_its_page(as_admin: Client, cast: Cast) -> None:
    made = reported(cast, 5)
    after = queries.waiting_cases(cast.admin, at=times.now()).next
    answer = as_admin.post(f"/kudos/reports/{made[2].key}/keep/", {"after": after}, follow=True)
    assert answer.redirect_chain == [(f"/kudos/reports/?after={after}", 302)]
    assert shown_on(answer.content.decode()) == [one.key for one in made[3:]]


def test_place_in_a_form_leads_nowhere_else(as_admin: Client, cast: Cast) -> None:
    [kudos] = reported(cast, 1)
    answer = as_admin.post(f"/kudos/reports/{kudos.key}/keep/", {"after": "//evil.example/&tab=x"})
    assert answer.headers["Location"] == ("/kudos/reports/?after=%2F%2Fevil.example%2F%26tab%3Dx")
    assert as_admin.get(answer.headers["Location"]).status_code == 400


@pytest.mark.parametrize("tab", ["waiting", "decided"])
@pytest.mark.parametrize("cursor", ["x", "9" * 500, "W10", "%00", "WzEsMl0=="])
def test_forged_cursor_is_400_or_an_end(as_admin: Client, tab: str, cursor: str) -> None:
    expected = 200 if cursor.startswith("WzEs") else 400
    assert as_admin.get(f"/kudos/reports/?tab={tab}&after={cursor}").status_code == expected


@pytest.mark.parametrize(("tab", "queries_asked"), [("waiting", 14), ("decided", 14)])
def test_full_page_takes_as_many_queries_as_a_short_one(
    as_admin: Client,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
    tab: str,
    queries_asked: int,
) -> None:
    for find in (queries.waiting_cases, queries.decided):
        monkeypatch.setitem(find.__kwdefaults__, "limit", 3)
    reporter = factories.make_person("Rita", unit=cast.team)
    for number in (1, 3, 4):
        while Kudos.objects.count() < number:
            kudos = given(cast)
            report(kudos, reporter)
            if tab == "decided":
                actions.decide_reports(
                    thing=kudos, by=cast.admin, hides=False, at=times.now() - MINUTE
                )
        as_admin.get("/kudos/reports/")
        with django_assert_num_queries(queries_asked):
            answer = as_admin.get(f"/kudos/reports/?tab={tab}")
        assert len(answer.context["page"].items) == min(number, 3)
