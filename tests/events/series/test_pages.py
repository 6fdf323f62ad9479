"""The pages of those who come and of those who plan."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from engagement.people.models import Membership, Person, ShiftPattern
from events import actions
from events.actions.holding import UNDO_LASTS
from events.models import Event, Series, SignUp
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events.factories import FRIDAY, make_signup
from tests.events.series.plans import MONDAY, make_waffles, sitting
from tests.events.series.test_planning import event_of, sitting_of

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def monday() -> Any:
    with time_machine.travel(MONDAY, tick=False), override("en"):
        yield


@pytest.fixture
def as_manager(manager: Person) -> Client:
    manager.language = "en"
    manager.save()
    return sign_in(Client(), manager)


def page(client: Client, name: str, *args: str, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def english(person: Person) -> Client:
    person.language = "en"
    person.save()
    return sign_in(Client(), person)


def test_agenda_shows_what_one_is_invited_to_with_ones_own_place(
    series: Series, cast: Cast
) -> None:
    make_signup(sitting_of(event_of(series)), cast.bob)
    make_signup(sitting_of(event_of(series)), cast.alice, state=SignUp.State.WAITING)
    bobs, alices = (page(english(one), "events:index") for one in (cast.bob, cast.alice))
    assert (bobs.count("You have a place"), bobs.count("You are in the queue")) == (1, 0)
    assert (alices.count("You have a place"), alices.count("You are in the queue")) == (0, 1)
    assert bobs.count('data-testid="event-entry"') == 4
    assert "Bob" not in alices.replace(cast.alice.name, "")
    stranger = page(english(cast.charlie), "events:index")
    assert "Vaffelfredag" not in stranger
    assert "Nothing is planned these weeks" in stranger


def test_cancelled_day_stands_in_the_agenda_with_its_reason(series: Series, cast: Cast) -> None:
    actions.cancel_event(
        event=event_of(series), reason="Jernet er ødelagt", by=cast.admin, at=MONDAY
    )
    shown = page(english(cast.bob), "events:index")
    assert shown.count("Jernet er ødelagt") == 1
    assert "12:00–12:30" not in shown.split("is-cancelled")[1].split("</li>")[0]


@pytest.mark.parametrize("count", [1, 3])
def test_agenda_asks_as_much_for_one_as_for_three(
    cast: Cast, manager: Person, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        made = make_waffles(manager, cast.trondheim, title=f"Vafler {number}")
        make_signup(sitting_of(event_of(made)), cast.bob)
    client = english(cast.bob)
    page(client, "events:index")
    # Session, person, roles, where one stands, events, sittings, own places, unread notices.
    with django_assert_num_queries(8):
        page(client, "events:index")


@pytest.mark.parametrize("count", [1, 3])
def test_event_page_asks_as_much_for_one_sitting_as_for_three(
    cast: Cast, manager: Person, count: int, django_assert_num_queries: Any
) -> None:
    clocks = [dt.time(9 + hour) for hour in range(count)]
    made = make_waffles(
        manager, cast.trondheim, sittings=[sitting(cast.trondheim, clock) for clock in clocks]
    )
    client, key = english(cast.bob), event_of(made).key
    page(client, "events:detail", key)
    with django_assert_num_queries(14):
        page(client, "events:detail", key)


def test_today_shows_at_most_three_of_this_week(cast: Cast, manager: Person) -> None:
    for number in range(4):
        make_waffles(manager, cast.trondheim, title=f"Vafler {number}")
    shown = page(english(cast.bob), "today")
    assert shown.count('data-testid="week-event"') == 3
    assert 'data-testid="week-event"' not in page(english(cast.charlie), "today")


def test_own_shift_comes_first_on_today(cast: Cast, manager: Person) -> None:
    pattern = ShiftPattern.objects.create(
        key="kveld", name_nb="Kveld", name_en="Evening", weekdays=[5], starts_at=dt.time(14),
        ends_at=dt.time(22),
    )  # fmt: skip
    make_waffles(
        manager, cast.trondheim,
        sittings=[
            sitting(cast.trondheim),
            sitting(cast.trondheim, dt.time(18), shift_pattern=pattern),
        ],
    )  # fmt: skip
    cast.bob.shift_pattern = pattern
    shown = page(english(cast.bob), "today")
    assert ("18:00–18:30" in shown, "12:00–12:30" in shown) == (True, False)


# --- planning -------------------------------------------------------------------------------------


def shift(key: str, starts: int, ends: int, weekdays: list[int], person: Person) -> ShiftPattern:
    pattern = ShiftPattern.objects.create(
        key=key, name_nb=key.title(), name_en=key.title(), weekdays=weekdays,
        starts_at=dt.time(starts), ends_at=dt.time(ends),
    )  # fmt: skip
    person.shift_pattern = pattern
    person.save()
    return pattern


def fields_of(html: str) -> dict[str, Any]:
    """What a browser would send: inputs with their values, ticked boxes, chosen radios."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<(?:input|textarea)[^>]*>", html):
        facts = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        kind, name = facts.get("type", "text"), facts.get("name", "")
        if not name or (kind in ("checkbox", "radio") and " checked" not in tag):
            continue
        unsaid = "on" if kind == "checkbox" else ""
        found.setdefault(name, []).append(facts.get("value", unsaid))
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', html):
        found[name] = [text]
    return found


def form_part(html: str) -> str:
    return html.split('id="plan"')[1].split("</form>")[0]


def test_waffle_friday_takes_two_pages_and_no_typing(
    as_manager: Client, cast: Cast, manager: Person
) -> None:
    shift("dag", 8, 16, [1, 2, 3, 4, 5], cast.alice)
    shift("natt", 22, 6, [4], cast.bob)
    shift("helg", 10, 20, [6, 7], manager)
    chosen = page(as_manager, "events:create")
    assert chosen.count('data-testid="template-') == 6
    address = reverse("events:create") + "?template=waffle"
    shown = form_part(as_manager.get(address).content.decode())
    sent = fields_of(shown)
    assert (sent["title"], sent["day"], sent["repeat"]) == (
        ["Waffle Friday"], ["2026-11-27"], ["weekly"]
    )  # fmt: skip
    starts = [sent[f"sitting-{n}-starts"][0] for n in range(2)]
    # The night that begins on Thursday has its middle on Friday; the weekend has none.
    assert (starts, "sitting-2-use" in sent) == (["01:45", "11:45"], False)
    answer = as_manager.post(address, sent)
    assert answer.status_code == 302, answer.content.decode()
    [made] = Series.objects.all()
    assert (made.rule, made.organiser) == ("FREQ=WEEKLY;BYDAY=FR", manager)
    assert [one.site for one in made.invitations.all()] == [cast.trondheim]
    assert [plan.capacity for plan in made.plans.all()] == [20, 20]
    assert made.jobs.count() == 3


def test_nothing_typed_is_lost_when_something_is_wrong(as_manager: Client, cast: Cast) -> None:
    shift("dag", 8, 16, [1, 2, 3, 4, 5], cast.alice)
    address = reverse("events:create") + "?template=cake"
    sent = fields_of(form_part(as_manager.get(address).content.decode()))
    sent |= {
        "title": ["Kake <b>til</b> alle"], "sitting-0-starts": ["tolv"],
        "sitting-0-place": ["Rommet «Fjord»"], "job-0-name": ["Oppvask"], "job-0-hands": ["mange"],
    }  # fmt: skip
    answer = as_manager.post(address, sent)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Write from when to when, as 12:00." in shown
    assert "Hands are a whole number." in shown
    for kept in ("Kake &lt;b&gt;til&lt;/b&gt; alle", "Rommet «Fjord»", "Oppvask", 'value="tolv"'):
        assert kept in shown
    assert not Series.objects.exists()


def test_sittings_follow_the_chosen_sites(cast: Cast) -> None:
    hr = people.make_person("Hanne", "Haug", unit=cast.department, language="en")
    people.give_role(hr, "hr")
    client = sign_in(Client(), hr)
    shift("dag", 8, 16, [1, 2, 3, 4, 5], cast.alice)
    cast.charlie.shift_pattern = cast.alice.shift_pattern
    cast.charlie.save()
    address = reverse("events:create") + "?template=waffle"
    sent = fields_of(form_part(client.get(address).content.decode()))
    assert sent["site"] == [cast.gjovik.key, cast.trondheim.key]
    sent["site"] = [cast.trondheim.key]
    sent["sitting-1-place"] = ["Takterrassen"]
    answer = client.post(reverse("events:suggest") + "?template=waffle", sent)
    rows = answer.content.decode()
    assert (rows.count("<b>Trondheim</b>"), rows.count("<b>Gjøvik</b>")) == (1, 0)
    assert "Takterrassen" in rows
    without_script = client.post(address, sent | {"suggest": ["1"]})
    assert without_script.status_code == 200
    assert without_script.content.decode().count("<b>Gjøvik</b>") == 0


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_each_scope_saves_what_stands_on_its_page(
    as_manager: Client, series: Series, scope: str
) -> None:
    second = event_of(series, FRIDAY + dt.timedelta(days=7))
    address = reverse("events:edit", args=[second.key]) + f"?scope={scope}"
    sent = fields_of(form_part(as_manager.get(address).content.decode()))
    before = list(Event.objects.order_by("pk").values_list("day", flat=True))
    unchanged = as_manager.post(address, sent)
    assert unchanged.status_code == 302, unchanged.content.decode()
    assert list(Event.objects.order_by("pk").values_list("day", flat=True)) == before
    second.refresh_from_db()
    address = reverse("events:edit", args=[second.key]) + f"?scope={scope}"
    sent = fields_of(form_part(as_manager.get(address).content.decode()))
    answer = as_manager.post(address, sent | {"title": ["Julevafler"]})
    assert answer.status_code == 302, answer.content.decode()
    titles = [event.title for event in Event.objects.select_related("series").order_by("day")[:3]]
    assert (
        titles
        == {
            "this": ["Vaffelfredag", "Julevafler", "Vaffelfredag"],
            "following": ["Vaffelfredag", "Julevafler", "Julevafler"],
            "all": ["Julevafler", "Julevafler", "Julevafler"],
        }[scope]
    )


def test_changing_all_from_a_day_that_goes_leads_to_the_next_one(
    as_manager: Client, series: Series
) -> None:
    second = event_of(series, FRIDAY + dt.timedelta(days=7))
    address = reverse("events:edit", args=[second.key]) + "?scope=all"
    sent = fields_of(form_part(as_manager.get(address).content.decode()))
    answer = as_manager.post(address, sent | {"repeat": ["biweekly"]}, follow=True)
    assert not Event.objects.filter(pk=second.pk).exists()
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] in {
        reverse("events:detail", args=[one.key]) for one in Event.objects.all()
    }


def test_stale_page_says_so_and_keeps_what_was_written(
    as_manager: Client, series: Series, cast: Cast
) -> None:
    event = event_of(series)
    address = reverse("events:edit", args=[event.key])
    sent = fields_of(form_part(as_manager.get(address).content.decode()))
    actions.move_event(event=event, day=FRIDAY - dt.timedelta(days=1), by=cast.admin, at=MONDAY)
    answer = as_manager.post(address, sent | {"title": ["Mitt forslag"]})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else changed this meanwhile." in shown
    assert "Mitt forslag" in shown
    event.refresh_from_db()
    assert event.own_title == ""


def test_cancelling_says_how_many_are_told(as_manager: Client, series: Series, cast: Cast) -> None:
    event = event_of(series)
    make_signup(sitting_of(event), cast.bob)
    address = reverse("events:cancel", args=[event.key])
    assert "1 person is signed up and is told." in as_manager.get(address).content.decode()
    refused = as_manager.post(address, {"reason": "", "scope": "this"})
    assert refused.status_code == 422
    as_manager.post(address, {"reason": "Jernet er ødelagt", "scope": "this"})
    shown = page(english(cast.bob), "events:detail", event.key)
    assert ("Jernet er ødelagt" in shown, "12:00–12:30" in shown) == (True, False)
    for later, is_told in ((UNDO_LASTS - dt.timedelta(seconds=1), False), (UNDO_LASTS, True)):
        with time_machine.travel(MONDAY + later, tick=False):
            notices = english(cast.bob).get("/notices/").content.decode()
        assert ("Jernet er ødelagt" in notices) == is_told


def test_member_who_moves_away_is_no_longer_invited_but_keeps_a_place(
    series: Series, cast: Cast
) -> None:
    event = event_of(series)
    make_signup(sitting_of(event), cast.bob)
    Membership.objects.filter(person__in=[cast.alice, cast.bob]).update(unit=cast.partner_team)
    address = reverse("events:detail", args=[event.key])
    assert english(cast.bob).get(address).status_code == 200
    assert english(cast.alice).get(address).status_code == 404


def test_what_one_plans_for_others_stands_under_i_plan_only(cast: Cast) -> None:
    hr = people.make_person("Hanne", "Haug", unit=cast.department, language="en")
    people.give_role(hr, "hr")
    make_waffles(hr, cast.gjovik)
    client = sign_in(Client(), hr)
    mine, planned = page(client, "events:index"), page(client, "events:index", show="planned")
    assert ("Vaffelfredag" in mine, "Vaffelfredag" in planned) == (False, True)
    # A colleague who plans nothing has no such list.
    assert "Vaffelfredag" not in page(english(cast.bob), "events:index", show="planned")
