"""Every address × every role. An address that is missing from the table fails: no door is forgotten."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from engagement import times
from engagement.http.doors import OPEN_DOORS, is_open
from engagement.people.models import RoleAssignment
from engagement.themes.models import ThemeDay
from engagement.wallboards.models import Board, Screen
from events.actions import announcing
from events.announcement_facts import AnnouncementFacts
from events.links import place_url
from events.models import Entry, Idea, Invitation, Photo, PhotoFile
from kudos.actions import create_counter, give_kudos
from kudos.models import Praise, PraiseRule
from surveys.models import Count
from tests import factories
from tests.conftest import Cast, sign_in
from tests.doors import ANSWERS, ROLES
from tests.events.factories import (
    make_competition,
    make_event,
    make_series,
    make_signup,
    make_sitting,
)
from tests.surveys.factories import content, make_plan, make_survey, make_version


def walk(resolver: URLResolver, space: str = "") -> list[tuple[str, URLPattern]]:
    """Every address with its full name."""
    found: list[tuple[str, URLPattern]] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += walk(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        else:
            found.append((f"{space}{entry.name}", entry))
    return found


VIEWS = dict(walk(get_resolver()))
BEFORE_FREEZING = (
    "surveys:cells", "surveys:checklist", "surveys:delete", "surveys:edit", "surveys:groups",
    "surveys:preview",
)  # fmt: skip
OF_A_PLAN = (
    "surveys:confirm-plan", "surveys:end-plan", "surveys:pause-plan", "surveys:plan",
    "surveys:plan-owner", "surveys:resume-plan",
)  # fmt: skip
OF_A_TEAM = (
    "events:coverage-lift", "events:coverage-rule", "events:coverage-unit",
)  # fmt: skip
OF_A_THEME_DAY = (
    "api:theme-days-detail", "themes:change", "themes:remove", "themes:show",
    "wallboards:theme-still",
)  # fmt: skip
OF_AN_ANNOUNCEMENT = (
    "api:announcements-detail", "events:announcement", "events:announcement-correct",
    "events:announcement-edit", "events:announcement-withdraw",
)  # fmt: skip
OF_A_COMPETITION = (
    "api:competitions-detail", "events:cancel-competition", "events:competition",
    "events:competition-entries", "events:edit-competition", "events:judge",
)  # fmt: skip
OF_AN_EVENT = (
    "api:events-detail", "api:events-photos", "events:add-photo", "events:cancel", "events:detail",
    "events:edit",
)  # fmt: skip
OF_AN_IDEA = (
    "api:ideas-detail", "events:decline-idea", "events:hide-idea", "events:idea",
    "events:report-idea",
)  # fmt: skip
OF_A_PHOTO = ("events:photo", "events:photo-full", "events:photo-small")
BEFORE_LAUNCH = ("surveys:freeze", "surveys:launch", "surveys:review", "surveys:unfreeze")


@pytest.fixture
def things(cast: Cast) -> dict[str, Any]:
    """One real object for each kind of address, all of it Alice's or near her."""
    at = times.now()
    make_version(content("small"))
    board = Board.objects.create(name="Nordlys", unit=cast.team)
    screen = Screen.objects.create(
        name="Kantina",
        board=board,
        key_hash="x",
        paired_at=at,
        paired_by=cast.keeper,
        last_seen_at=at,
    )
    kudos = give_kudos(
        by=cast.alice,
        to=[cast.bob],
        message="Takk",
        value=None,
        audience="team",
        wants_wall=False,
        at=at,
    )
    hr = factories.make_person("Hanne", "HR", unit=cast.department)
    factories.give_role(hr, RoleAssignment.Role.HR)
    asked = {"teams": [cast.team], "by": hr}
    counter = create_counter(key="talks", name_nb="Samtaler", name_en="Talks", by=hr, at=at)
    states = dict.fromkeys(BEFORE_FREEZING, "draft") | dict.fromkeys(BEFORE_LAUNCH, "frozen")
    made = {state: make_survey(state, **asked) for state in ("draft", "frozen", "open", "counted")}
    Count.objects.create(
        survey=made["counted"], at=at, ballot_count=5, spoilt_count=0, root="0" * 64
    )
    praise = Praise.objects.create(
        source="stemmen", external_id="1", text="Takk", agent=cast.bob, received_at=at
    )
    rule = PraiseRule.objects.create(position=0, kind="too_short", count=10)
    sitting = make_sitting(make_event(make_series(hr)), site=cast.trondheim)
    theme_day = ThemeDay.objects.create(
        name_nb="Vaffeldagen", name_en="Waffle Day", look="festive", month=3, day=25
    )
    series = make_series(cast.bob)
    Invitation.objects.create(series=series, site=cast.trondheim)
    event = make_event(series, times.today() + dt.timedelta(days=3))
    signed_up = make_signup(make_sitting(event), cast.alice)
    entry = make_competition(hr, [cast.team, factories.make_unit("Sørlys")], entered_by=cast.alice)
    judged = Entry.objects.create(
        competition=entry.competition, round=entry.round, group=entry.group, way="judge", by=hr,
        value=5, entered_at=entry.entered_at, changed_at=entry.changed_at,
    )  # fmt: skip
    facts = AnnouncementFacts(
        title="Ny pauseliste", decided="Den er ny.", why="Derfor.", affects="Deg.",
        audiences=[cast.team],
    )  # fmt: skip
    announcement = announcing.create_announcement(facts=facts, by=hr, at=at)
    announcing.publish_announcement(announcement=announcement, by=hr, at=at)
    idea = Idea.objects.create(title="Quiz", site=cast.trondheim, proposer=cast.bob, created_at=at)
    photo = Photo.objects.create(
        event=event, uploader=cast.bob, alt="Vafler", width=4, height=3, uploaded_at=at
    )
    PhotoFile.objects.create(photo=photo, full=b"full", small=b"small")
    return {
        "events:check-in-sign": sitting.key,
        "events:sitting-file": sitting.key,
        **dict.fromkeys(OF_A_THEME_DAY, theme_day.key),
        **dict.fromkeys(OF_AN_EVENT, event.key),
        **dict.fromkeys(OF_AN_ANNOUNCEMENT, announcement.key),
        **dict.fromkeys(OF_AN_IDEA, idea.key),
        **dict.fromkeys(OF_A_PHOTO, photo.key),
        "events:lots": event.key,
        **dict.fromkeys(OF_A_COMPETITION, entry.competition.key),
        **dict.fromkeys(("api:entries-detail", "events:correct-entry"), entry.key),
        "events:amend-entry": judged.key,
        "events:place": place_url(signed_up).rstrip("/").rsplit("/", 1)[1],
        "api:sittings-detail": signed_up.sitting.key,
        "api:signups-detail": signed_up.key,
        "kudos:praise-check": praise.key,
        "kudos:praise-rule-change": rule.key,
        "api:praise-detail": praise.key,
        **{
            name: made[states.get(name, "open")].key
            for name in VIEWS
            if name.startswith("surveys:")
        },
        "surveys:receipts": made["counted"].key,
        "api:surveys-detail": made["open"].key,
        **dict.fromkeys(OF_A_TEAM, cast.team.key),
        "people:person": cast.bob.key,
        "people:unit": cast.team.key,
        "people:manage-unit": cast.team.key,
        "people:change-unit": cast.team.key,
        "people:change-person": cast.bob.key,
        "people:change-site": cast.trondheim.key,
        "people:close-site": cast.trondheim.key,
        **dict.fromkeys(OF_A_PLAN, make_plan([cast.team], by=hr).key),
        "surveys:change-instrument": "small",
        "surveys:create-instrument-version": "small",
        "surveys:export-instrument": "small",
        "surveys:instrument": "small",
        "surveys:instrument-version": "small",
        "kudos:of-person": cast.bob.key,
        "kudos:of-unit": cast.team.key,
        "kudos:detail": kudos.key,
        "kudos:print-card": kudos.key,
        "kudos:set-counter": counter.key,
        "kudos:set-goal": counter.key,
        "kudos:withdraw": kudos.key,
        "kudos:take-off-walls": kudos.key,
        "kudos:hide": kudos.key,
        "kudos:report": kudos.key,
        "wallboards:change-board": board.key,
        "wallboards:change-screen": screen.key,
        "wallboards:direct-screen": screen.key,
        "wallboards:revoke-screen": screen.key,
        "api:people-detail": cast.bob.key,
        "api:units-detail": cast.team.key,
        "api:sites-detail": cast.trondheim.key,
        "api:kudos-detail": kudos.key,
        "api:kudos-comments": kudos.key,
        "api:boards-detail": board.key,
        "api:screens-detail": screen.key,
        "roles": {
            "nobody": None,
            "stranger": cast.charlie,
            "agent": cast.alice,
            "keeper": cast.keeper,
            "hr": hr,
            "admin": cast.admin,
        },
    }


def address_of(name: str, things: dict[str, Any]) -> str:
    arguments = {}
    for argument in VIEWS[name].pattern.converters | dict.fromkeys(
        VIEWS[name].pattern.regex.groupindex
    ):
        arguments[argument] = {
            "pk": 1,
            "number": 1,
            "year": times.today().year,
            "verb": "rename" if "unit" in name else "move",
            "uidb36": "1",
            "persona": "agent",
            "kind": "heart",
            "format": "json",
        }.get(argument, things.get(name, "x" + "0" * 14))
    return reverse(name, kwargs=arguments)


def test_every_address_is_in_the_table() -> None:
    assert sorted(VIEWS) == sorted(ANSWERS)


def test_every_open_door_leads_somewhere() -> None:
    unknown = [
        door
        for door in OPEN_DOORS
        if not any(name == door or (door.endswith(":") and name.startswith(door)) for name in VIEWS)
    ]
    # The demo's doors exist only in the demo.
    assert unknown == ["demo:sign-in"]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_door_answers_each_role_as_it_should(name: str, things: dict[str, Any]) -> None:
    answered = {}
    for role in ROLES:
        client, person = Client(), things["roles"][role]
        if person:
            sign_in(client, person)
        answer = client.get(address_of(name, things))
        answered[role] = answer.status_code
    assert answered == dict(zip(ROLES, ANSWERS[name], strict=True))


@pytest.mark.parametrize("name", [name for name in sorted(ANSWERS) if not is_open(name)])
def test_closed_door_sends_strangers_to_the_sign_in_page(name: str, things: dict[str, Any]) -> None:
    for answer in (
        Client().get(address_of(name, things)),
        Client().post(address_of(name, things)),
    ):
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (
            302,
            "/accounts/login/",
        )
