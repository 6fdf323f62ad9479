"""The privacy policy is a program: every field stands in one table, and every rule is proved.

A proof makes data that is just old enough and data that is just not, lets the job run, and looks
which is gone.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress, EmailConfirmation
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import override

from engagement import retention, times
from engagement.api.actions import create_token
from engagement.api.models import ApiToken, IdempotentAnswer, RateBucket
from engagement.api.tokens import new_secret
from engagement.celery import NIGHTLY, app
from engagement.live.models import Celebration
from engagement.notices.models import Delivery, Notice, NoticeChoice, NoticeHours
from engagement.people import actions as people
from engagement.people import queries
from engagement.people.models import (
    ActivationCode,
    AuditEntry,
    Membership,
    Person,
    RoleAssignment,
    RosterImport,
    ShiftPattern,
)
from engagement.retention import ENTRIES, RULES, Entry, Rule
from engagement.wallboards.models import Board, Pairing, Screen
from events import models as events
from events.models import (
    Announcement,
    AnnouncementAudience,
    AnnouncementRecipient,
    AnnouncementRevision,
    CalendarLink,
    Competition,
    EntryChange,
    GroupMember,
    Idea,
    IdeaHiding,
    IdeaReport,
    IdeaVote,
    Judge,
    OptOut,
    Photo,
    PhotoFile,
    PhotoTag,
    Reading,
    Reminder,
    RosterDay,
    RosterShift,
    ShiftFile,
    SignUp,
    Sitting,
    Tally,
    TallyMark,
)
from kudos.actions import (
    comment_on_kudos,
    decide_reports,
    give_kudos,
    react_to_kudos,
    report_thing,
    restore_thing,
    take_off_walls,
    withdraw_comment,
    withdraw_kudos,
)
from kudos.models import Comment as KudosComment
from kudos.models import Kudos, KudosReach, KudosReceiver, Mention, Milestone, Praise, Reaction
from surveys.models import BurdenLimit, Comment, Count, PulsePlan, RollEntry
from tests import factories
from tests.conftest import Cast
from tests.events.factories import (
    make_competition,
    make_event,
    make_series,
    make_signup,
    make_sitting,
)
from tests.surveys.factories import make_review, make_survey, make_team, make_version

# The night of every proof but the audit log's, whose trigger looks at the database's own clock.
AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
TABLES_WITHOUT_MODEL = {"django_cache", "django_migrations"}
ROOT = Path(__file__).resolve().parent.parent


def moment(year: int, month: int, day: int, hour: int = 2) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


# --- the table is whole ---------------------------------------------------------------------------


def fields_in_database() -> set[tuple[str, str]]:
    """Every field of every model that is installed, and every column of the other tables."""
    found = {
        (model._meta.label, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
    }
    with connection.cursor() as cursor:
        for table in TABLES_WITHOUT_MODEL:
            columns = connection.introspection.get_table_description(cursor, table)
            found |= {(table, column.name) for column in columns}
    return found


def test_every_field_stands_in_the_table_once(db: None) -> None:
    listed = [(entry.model, field) for entry in ENTRIES for field in entry.fields]
    assert fields_in_database() - set(listed) == set()
    assert set(listed) - fields_in_database() == set()
    assert sorted(listed) == sorted(set(listed))


def test_no_table_of_the_database_is_left_out(db: None) -> None:
    modelled = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert set(connection.introspection.table_names()) == modelled | TABLES_WITHOUT_MODEL


def test_every_personal_field_has_a_purpose_and_a_rule() -> None:
    assert [one for one in ENTRIES if one.rule and not (one.what and one.purpose)] == []
    assert {one.rule for one in ENTRIES if one.rule} == set(RULES)
    assert [rule.name for rule in RULES if not rule.kept] == []


def test_every_link_to_a_person_is_personal() -> None:
    personal = {(one.model, field) for one in ENTRIES if one.rule for field in one.fields}
    links = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Person
    }
    assert links - personal == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_names_a_function_that_the_clock_runs(rule: Rule) -> None:
    assert callable(import_string(rule.deleted_by))
    assert rule.task in {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert import_string(rule.task).name == rule.task


def test_nights_jobs_are_known_to_the_policy() -> None:
    # Rolls and wishes are not kept until the night: they go when their survey or sitting is over.
    # So do votes when an idea is decided, and the marks of who has said how an event was.
    by_day = {
        "surveys.tasks.close_surveys", "events.tasks.erase_wishes", "events.tasks.lapse_ideas",
        "events.tasks.close_tallies",
    }  # fmt: skip
    assert {*NIGHTLY, *by_day} == {rule.task for rule in RULES}
    for task in NIGHTLY:
        assert app.conf.beat_schedule[task]["task"] == task


def test_page_for_people_shows_the_table() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text()
    assert retention.as_markdown() in page, "Replace the table in docs/privacy.md by as_markdown()"


# --- the proofs -----------------------------------------------------------------------------------


class Row:
    """A row of a model, as it was and as it is."""

    def __init__(self, row: models.Model) -> None:
        self.model, self.pk, self.label = type(row), row.pk, row._meta.label
        self.before = self.now()

    def now(self) -> dict[str, Any] | None:
        """Its facts by field name; None when it is gone."""
        row = self.model._base_manager.filter(pk=self.pk).first()
        if row is None:
            return None
        return {
            field.name: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields
        }


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


class CacheRow(Row):
    """A row of the cache's table, which has no model."""

    label = "django_cache"

    def __init__(self, key: str, expires: dt.datetime) -> None:
        self.pk = key
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_cache VALUES (%s, 'x', %s)", [key, expires])
        self.before = self.now()

    def now(self) -> dict[str, Any] | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM django_cache WHERE cache_key = %s", [self.pk])
            found = cursor.fetchone()
        return found and dict(zip(("cache_key", "value", "expires"), found, strict=True))


@dataclass
class Proof:
    old: Sequence[Row]
    recent: Sequence[Row]
    at: dt.datetime = AT


Prover = Callable[[Cast], Proof]
PROOFS: dict[str, Prover] = {}


def proves(rule: Rule) -> Callable[[Prover], Prover]:
    def remember(prover: Prover) -> Prover:
        PROOFS[rule.name] = prover
        return prover

    return remember


def rows(*made: models.Model) -> list[Row]:
    return [Row(one) for one in made]


def leaver(cast: Cast, name: str, *, left_on: dt.date) -> Person:
    """Somebody with everything filled in, so that emptying anything shows."""
    shift = ShiftPattern.objects.get_or_create(
        key="day", defaults={"weekdays": [1], "starts_at": dt.time(8), "ends_at": dt.time(16)}
    )[0]
    person = factories.make_person(
        name,
        f"{name}sen",
        unit=cast.team,
        employee_number=f"N-{name}",
        email=f"{name.lower()}@fjordtel.example",
        phone="+47 900 00 000",
        title="Agent",
        language="en",
        manager=cast.alice,
        shift_pattern=shift,
        wall_choice="any",
        keeps_thanks_private=True,
        is_thanked_by_partners=False,
        celebrates_milestones=True,
        last_login=moment(2025, 10, 1),
        left_on=left_on,
    )
    person.set_password("seks vafler med brunost")
    person.save()
    return person


def belongings(cast: Cast, person: Person) -> list[models.Model]:
    address = EmailAddress.objects.create(user=person, email=person.email, primary=True)
    confirmation = EmailConfirmation.objects.create(
        email_address=address, created=moment(2025, 1, 1), key=person.key
    )
    role = factories.give_role(person, RoleAssignment.Role.LEAD, unit=cast.team)
    return [person, address, confirmation, role]


@proves(retention.LEAVERS)
def leavers(cast: Cast) -> Proof:
    gone = leaver(cast, "Olga", left_on=dt.date(2025, 11, 20))
    still = leaver(cast, "Rita", left_on=dt.date(2025, 11, 21))
    return Proof(rows(*belongings(cast, gone)), rows(*belongings(cast, still)))


@proves(retention.HISTORY)
def history(cast: Cast) -> Proof:
    def of(name: str, left_on: dt.date) -> list[Row]:
        person = leaver(cast, name, left_on=left_on)
        roster = RosterImport.objects.create(
            filename="ansatte.csv",
            uploaded_by=person,
            uploaded_at=moment(2025, 1, 1),
            applied_at=moment(2025, 1, 1),
            purged_at=moment(2025, 1, 9),
        )
        version = make_version(created_by=person)
        version.instrument.created_by = person
        version.instrument.save()
        plan = PulsePlan.objects.create(
            name_nb="Puls", name_en="Pulse", level="sealed", starts_on=dt.date(2025, 1, 1),
            created_at=moment(2025, 1, 1), created_by=person, confirmed_by=person,
        )  # fmt: skip
        limit = BurdenLimit.objects.get_or_create(
            pk=1, defaults={"changed_at": moment(2025, 1, 1), "changed_by": person}
        )[0]
        place = Membership.objects.get(person=person)
        series = make_series(person, created_at=moment(2025, 1, 1))
        units = [factories.make_unit("Nord"), factories.make_unit("Sør")]
        contest = make_competition(person, units, entered_by=cast.bob, at=moment(2025, 1, 1))
        return rows(
            person, place, roster, version, version.instrument, plan, limit, series,
            contest.competition,
        )  # fmt: skip

    return Proof(of("Olga", dt.date(2025, 11, 20)), of("Rita", dt.date(2025, 11, 21)))


@proves(retention.CODES)
def activation_codes(cast: Cast) -> Proof:
    limit = moment(2026, 10, 21)

    def code(digest: str, **facts: Any) -> ActivationCode:
        facts = {"expires_at": moment(2026, 12, 1), "person": cast.bob, **facts}
        return ActivationCode.objects.create(
            code_hash=digest, created_at=moment(2026, 10, 1), created_by=cast.admin, **facts
        )

    return Proof(
        rows(code("a", used_at=limit), code("b", expires_at=limit, person=cast.alice)),
        rows(
            code("c", used_at=limit + SECOND),
            code("d", expires_at=limit + SECOND, person=cast.charlie),
        ),
    )


@proves(retention.ROSTERS)
def rosters(cast: Cast) -> Proof:
    def roster(at: dt.datetime) -> RosterImport:
        return RosterImport.objects.create(
            filename="ansatte.csv",
            content=b"name\nOlga\n",
            uploaded_by=cast.admin,
            uploaded_at=at,
            errors=[{"value": "Olga"}],
            differences={"new": ["Olga"]},
            compared_with="x",
        )

    limit = moment(2026, 11, 13)
    return Proof(rows(roster(limit - SECOND)), rows(roster(limit + SECOND)))


@proves(retention.AUDIT)
def audit_log(cast: Cast) -> Proof:
    at = times.now()

    def entry(age: int) -> AuditEntry:
        return people.record(
            verb="role-given", by=cast.admin, at=at - dt.timedelta(days=age), subject=cast.bob
        )

    # Five years have one leap day or two.
    return Proof(rows(entry(1828)), rows(entry(1825), entry(0)), at=at)


@proves(retention.SESSIONS)
def sessions(cast: Cast) -> Proof:
    def session(key: str, expires_at: dt.datetime) -> Session:
        return Session.objects.create(session_key=key, session_data="x", expire_date=expires_at)

    return Proof(rows(session("old", AT)), rows(session("recent", AT + SECOND)))


@proves(retention.SIGN_IN_LIMITS)
def sign_in_limits(cast: Cast) -> Proof:
    return Proof([CacheRow("old", AT)], [CacheRow("recent", AT + SECOND)])


@proves(retention.CELEBRATIONS)
def wall_cards(cast: Cast) -> Proof:
    def card(show_until: dt.datetime) -> Celebration:
        return Celebration.objects.create(
            kind="shoutout",
            source="k1",
            cards={"nb": {"to_label": "Bob"}},
            show_from=show_until - dt.timedelta(days=1),
            show_until=show_until,
        )

    limit = moment(2026, 11, 13)
    return Proof(rows(card(limit - SECOND)), rows(card(limit + SECOND)))


def notice(person: Person, source: str, **facts: Any) -> Notice:
    shown_at = facts.pop("show_from", moment(2026, 1, 1))
    return Notice.objects.create(
        person=person,
        kind="kudos_received",
        source=source,
        link="/",
        created_at=shown_at,
        show_from=shown_at,
        **facts,
    )


@proves(retention.NOTICE_READ)
def notices(cast: Cast) -> Proof:
    read, unread, withdrawn = moment(2026, 8, 22), moment(2025, 11, 20), moment(2026, 10, 21)
    return Proof(
        rows(
            notice(cast.bob, "1", read_at=read),
            notice(cast.bob, "2", show_from=unread),
            notice(cast.bob, "3", withdrawn_at=withdrawn),
        ),
        rows(
            notice(cast.bob, "4", read_at=read + SECOND),
            notice(cast.bob, "5", show_from=unread + SECOND),
            notice(cast.bob, "6", withdrawn_at=withdrawn + SECOND),
        ),
    )


@proves(retention.DELIVERIES)
def mails(cast: Cast) -> Proof:
    def mail(message_id: str, **ended: dt.datetime) -> Delivery:
        long_ago = moment(2026, 10, 1)
        return Delivery.objects.create(
            to="bob@fjordtel.example",
            message_id=message_id,
            created_at=long_ago,
            due_at=long_ago,
            next_attempt_at=long_ago,
            **ended,
        )

    limit = moment(2026, 10, 21)
    ends = ("sent_at", "gave_up_at", "cancelled_at")
    return Proof(
        rows(*(mail(f"old-{end}", **{end: limit}) for end in ends)),
        rows(*(mail(f"recent-{end}", **{end: limit + SECOND}) for end in ends)),
    )


@proves(retention.NOTICE_CHOICES)
def notice_choices(cast: Cast) -> Proof:
    def choices(person: Person, left_on: dt.date) -> list[models.Model]:
        Person.objects.filter(pk=person.pk).update(left_on=left_on)
        return [
            NoticeChoice.objects.create(person=person, kind="kudos_received", way="none"),
            NoticeHours.objects.create(person=person, is_quiet=False),
        ]

    return Proof(
        rows(*choices(cast.alice, dt.date(2026, 10, 21))),
        rows(*choices(cast.bob, dt.date(2026, 10, 22))),
    )


def token(person: Person, **facts: Any) -> ApiToken:
    made = create_token(
        by=None,
        person=person,
        name="Intranet",
        scopes=["people:read"],
        secret=new_secret(),
        at=moment(2026, 1, 1),
    )
    ApiToken.objects.filter(pk=made.pk).update(**facts)
    return made


@proves(retention.TOKENS)
def api_tokens(cast: Cast) -> Proof:
    limit = moment(2026, 8, 22)
    gone, still = (factories.make_person(name, unit=cast.team) for name in ("Olga", "Rita"))
    old = [token(gone), token(cast.bob, revoked_at=limit), token(cast.bob, expires_at=limit)]
    recent = [
        token(still),
        token(cast.bob, revoked_at=limit + SECOND),
        token(cast.bob, expires_at=limit + SECOND),
        token(cast.bob),
    ]
    Person.objects.filter(pk=gone.pk).update(left_on=dt.date(2026, 8, 22))
    Person.objects.filter(pk=still.pk).update(left_on=dt.date(2026, 8, 23))
    return Proof(rows(*old), rows(*recent))


@proves(retention.ANSWERS)
def api_answers(cast: Cast) -> Proof:
    def answer(key: str, at: dt.datetime) -> IdempotentAnswer:
        return IdempotentAnswer.objects.create(
            person=cast.bob, method="POST", path="/api/v1/kudos/", key=key, created_at=at
        )

    limit = moment(2026, 11, 19)
    return Proof(rows(answer("old", limit - SECOND)), rows(answer("recent", limit + SECOND)))


@proves(retention.RATES)
def rate_limits(cast: Cast) -> Proof:
    def bucket(name: str, full_at: dt.datetime) -> RateBucket:
        return RateBucket.objects.create(name=name, full_at=full_at)

    return Proof(
        rows(bucket("pairing:192.0.2.1", AT - SECOND)),
        rows(bucket("pairing:192.0.2.2", AT + SECOND)),
    )


def thanks(cast: Cast, at: dt.datetime, **facts: Any) -> Kudos:
    facts = {"by": cast.alice, "to": [cast.bob], "audience": "team", "wants_wall": False, **facts}
    return give_kudos(message="Takk for hjelpen", value=None, at=at, **facts)


@proves(retention.KUDOS)
def thank_yous(cast: Cast) -> Proof:
    def with_parts(kudos: Kudos) -> list[Row]:
        parts = (
            *KudosReceiver.objects.filter(kudos=kudos),
            *KudosReach.objects.filter(kudos=kudos),
            *KudosComment.objects.standing().filter(kudos=kudos),
            *Reaction.objects.filter(kudos=kudos),
            *Mention.objects.filter(kudos=kudos),
        )
        return rows(kudos, *parts)

    limit, withdrawn = moment(2024, 11, 20), moment(2026, 10, 21)
    old, taken_back = thanks(cast, limit), thanks(cast, moment(2026, 10, 1))
    recent, taken_back_later = thanks(cast, limit + SECOND), thanks(cast, moment(2026, 10, 1))
    for kudos in (old, recent):
        say_much(cast, kudos)
    gone, gone_later = (
        comment_on_kudos(kudos=recent, by=cast.bob, text="Feil sted", at=recent.show_from)
        for _ in range(2)
    )
    withdraw_comment(comment=gone, by=cast.bob, at=withdrawn)
    withdraw_comment(comment=gone_later, by=cast.bob, at=withdrawn + SECOND)
    withdraw_kudos(kudos=taken_back, by=cast.alice, at=withdrawn)
    withdraw_kudos(kudos=taken_back_later, by=cast.alice, at=withdrawn + SECOND)
    passed, passed_later = (
        Milestone.objects.create(
            person=cast.bob, kind="years", years=1, on=dt.date(2024, 11, day), celebrated_at=limit
        )
        for day in (20, 21)
    )
    return Proof(
        [*with_parts(old), *with_parts(taken_back), *rows(gone, passed)],
        [*with_parts(recent), *with_parts(taken_back_later), *rows(gone_later, passed_later)],
    )


def say_much(cast: Cast, kudos: Kudos) -> None:
    at = kudos.show_from
    react_to_kudos(kudos=kudos, by=cast.bob, kind="heart", is_on=True, at=at)
    comment_on_kudos(kudos=kudos, by=cast.bob, text="Enig, @Alice", mentioned=[cast.alice], at=at)


@proves(retention.REPORTS)
def reports(cast: Cast) -> Proof:
    decided = moment(2026, 8, 22)

    def decided_at(at: dt.datetime, *, hides: bool) -> list[Row]:
        kudos = thanks(cast, moment(2026, 8, 1))
        report = report_thing(thing=kudos, by=cast.bob, reason="other", note="Nei", at=at)
        decision = decide_reports(thing=kudos, by=cast.admin, hides=hides, at=at)
        assert decision
        if hides:
            restore_thing(decision=decision, by=cast.admin, at=at)
        return rows(*type(report).objects.filter(pk=report.pk), decision)

    waiting = report_thing(
        thing=thanks(cast, moment(2026, 8, 1)), by=cast.bob, reason="other", at=moment(2026, 8, 2)
    )
    return Proof(
        [*decided_at(decided, hides=False), *decided_at(decided, hides=True)],
        [
            *decided_at(decided + SECOND, hides=False),
            *decided_at(decided + SECOND, hides=True),
            *rows(waiting),
        ],
    )


@proves(retention.PRAISE)
def customer_praise(cast: Cast) -> Proof:
    made = iter(range(100))

    def praise(**facts: Any) -> Praise:
        facts = {"agent": cast.bob, "received_at": moment(2026, 10, 31), **facts}
        return Praise.objects.create(
            source="stemmen", external_id=str(next(made)), text="Tusen takk", **facts
        )

    def passed_on(at: dt.datetime) -> Praise:
        kudos = thanks(cast, moment(2026, 10, 20), is_from_customer=True)
        return praise(approved_at=at, approved_by=cast.alice, kudos=kudos)

    def put_away(at: dt.datetime) -> list[Praise]:
        return [praise(set_aside_at=at), praise(dismissed_at=at, dismissed_by=cast.alice)]

    gone, still = (
        factories.make_person(name, unit=cast.team, left_on=dt.date(2026, 11, day))
        for name, day in (("Olga", 20), ("Rita", 21))
    )
    month, fortnight = moment(2026, 10, 21), moment(2026, 11, 6)
    return Proof(
        rows(
            praise(received_at=month), passed_on(month), *put_away(fortnight), praise(agent=gone),
        ),
        rows(
            praise(received_at=month + SECOND), passed_on(month + SECOND),
            *put_away(fortnight + SECOND), praise(agent=still),
        ),
    )  # fmt: skip


def screen(cast: Cast, name: str, revoked_at: dt.datetime | None) -> Screen:
    board = Board.objects.get_or_create(name="Nordlys", unit=cast.team)[0]
    return Screen.objects.create(
        name=name,
        board=board,
        key_hash=name,
        paired_at=moment(2026, 1, 1),
        paired_by=cast.keeper,
        last_seen_at=moment(2026, 1, 1),
        revoked_at=revoked_at,
    )


@proves(retention.SCREENS)
def screens(cast: Cast) -> Proof:
    limit = moment(2026, 8, 22)
    return Proof(
        rows(screen(cast, "old", limit)),
        rows(screen(cast, "recent", limit + SECOND), screen(cast, "hanging", None)),
    )


@proves(retention.PAIRINGS)
def pairing_codes(cast: Cast) -> Proof:
    def pairing(code: str, expires_at: dt.datetime) -> Pairing:
        return Pairing.objects.create(
            code=code,
            symbol="fox",
            device_hash=code,
            created_at=moment(2026, 11, 20, 0),
            expires_at=expires_at,
            screen=screen(cast, code, None),
        )

    limit = moment(2026, 11, 20, 1)
    return Proof(rows(pairing("BBBB", limit)), rows(pairing("CCCC", limit + SECOND)))


@proves(retention.CALENDARS)
def calendars(cast: Cast) -> Proof:
    def link(person: Person) -> CalendarLink:
        return CalendarLink.objects.create(
            person=person, program="apple", made_at=AT, secret_hash=f"{person.pk:064x}"
        )

    def reminder(person: Person, starts_at: dt.datetime) -> Reminder:
        sitting.pk = None
        sitting.key = f"s{person.pk}"
        sitting.starts_at, sitting.ends_at = starts_at, starts_at + dt.timedelta(minutes=30)
        sitting.opens_at, sitting.closes_at = starts_at, starts_at
        sitting.save(force_insert=True)
        return Reminder.objects.create(
            signup=make_signup(Sitting.objects.get(pk=sitting.pk), person), starts_at=starts_at
        )

    sitting = make_sitting(make_event(make_series(cast.alice)))
    gone = factories.make_person("Olga", unit=cast.team, left_on=times.local_date(AT))
    still = factories.make_person("Rita", unit=cast.team, left_on=dt.date(2026, 11, 21))
    over = AT - dt.timedelta(minutes=30)
    return Proof(
        rows(link(gone), reminder(cast.bob, over)),
        rows(link(still), link(cast.bob), reminder(cast.keeper, over + SECOND)),
    )


@proves(retention.ROLLS)
def survey_rolls(cast: Cast) -> Proof:
    def entry(name: str, closes_at: dt.datetime) -> Row:
        team = make_team(name, people=5)
        survey = make_survey("open", teams=[team], at=AT, closes_at=closes_at)
        return Row(RollEntry.objects.filter(survey=survey)[0])

    return Proof([entry("Fossen", AT)], [entry("Nordlys", AT + SECOND)])


@proves(retention.SURVEYS)
def surveys(cast: Cast) -> Proof:
    def counted(name: str, at: dt.datetime) -> list[Row]:
        survey = make_survey(
            "counted", teams=[make_team(name, people=5)], at=at, by=cast.admin, retention_months=12,
            counted_at=at, destroyed_at=at, launched_by=cast.admin, frozen_by=cast.admin,
        )  # fmt: skip
        count = Count.objects.create(
            survey=survey, by=cast.bob, at=at, ballot_count=5, spoilt_count=0, root="0" * 64
        )
        comment = Comment.objects.create(
            id=survey.pk, count=count, group_key="whole", item_key="x", audience="team", text="Hei"
        )
        return rows(survey, make_review(survey, cast.bob), count, comment)

    def draft(at: dt.datetime) -> Row:
        return Row(make_survey("draft", created_at=at, by=cast.admin))

    def cancelled(at: dt.datetime) -> Row:
        return Row(make_survey("cancelled", cancelled_at=at, by=cast.admin, destroyed_at=at))

    limit = moment(2025, 11, 20)
    return Proof(
        [*counted("Fossen", limit), draft(limit), cancelled(limit)],
        [*counted("Nordlys", limit + SECOND), draft(limit + SECOND), cancelled(limit + SECOND)],
    )


@proves(retention.SHIFTS)
def shift_rosters(cast: Cast) -> Proof:
    def night(person: Person, ends_at: dt.datetime) -> list[Row]:
        day = RosterDay.objects.create(person=person, day=dt.date(2026, 11, 5))
        shift = RosterShift.objects.create(
            roster_day=day, person=person, starts_at=moment(2026, 11, 5, 21), ends_at=ends_at
        )
        return rows(day, shift)

    def file(at: dt.datetime) -> Row:
        return Row(
            ShiftFile.objects.create(
                filename="vakter.csv", content=b"x", uploaded_by=cast.admin, uploaded_at=at
            )
        )

    def off(day: int) -> Row:
        return Row(RosterDay.objects.create(person=cast.charlie, day=dt.date(2026, 11, day)))

    limit, yesterday = moment(2026, 11, 6), moment(2026, 11, 19)
    return Proof(
        [*night(cast.bob, limit), off(5), file(yesterday)],
        [*night(cast.alice, limit + SECOND), off(6), file(yesterday + SECOND)],
    )


def signup(cast: Cast, ends_at: dt.datetime, **facts: Any) -> SignUp:
    event = make_event(make_series(cast.admin), ends_at.date())
    sitting = make_sitting(event)
    starts_at = ends_at - dt.timedelta(minutes=30)
    type(sitting).objects.filter(pk=sitting.pk).update(
        starts_at=starts_at, ends_at=ends_at, opens_at=starts_at, closes_at=starts_at
    )
    return make_signup(sitting, cast.bob, **facts)


def competition_of(cast: Cast, over_at: dt.datetime, *, is_cancelled: bool = False) -> Competition:
    """One that was over (or cancelled) at ``over_at``, with all that it holds of people."""
    units = [factories.make_unit("Nord"), factories.make_unit("Sør")]
    entry = make_competition(
        cast.admin, units, entered_by=cast.bob, at=over_at - dt.timedelta(days=5)
    )
    competition = entry.competition
    name = "cancelled_at" if is_cancelled else "closed_at"
    Competition.objects.filter(pk=competition.pk).update(**{name: over_at})
    EntryChange.objects.create(entry=entry, value=3, until=entry.entered_at)
    OptOut.objects.create(competition=competition, person=cast.alice, out_at=entry.entered_at)
    GroupMember.objects.create(competition=competition, group=entry.group, person=cast.bob)
    Judge.objects.create(competition=competition, person=cast.keeper)
    return competition


def held_of(competition: Competition, *names: str) -> list[Row]:
    found = [one for name in names for one in getattr(competition, name).all()]
    changes = [one.changes.get() for one in found if isinstance(one, events.Entry)]
    return rows(*found, *changes)


@proves(retention.ENTRIES_OF_COMPETITIONS)
def entries_of_competitions(cast: Cast) -> Proof:
    limit = AT - dt.timedelta(days=14)
    old = [competition_of(cast, limit), competition_of(cast, limit, is_cancelled=True)]
    young = competition_of(cast, limit + SECOND)
    gone = [row for one in old for row in held_of(one, "entries", "opt_outs")]
    return Proof(gone, held_of(young, "entries", "opt_outs"))


@proves(retention.GROUPS_OF_COMPETITIONS)
def groups_of_competitions(cast: Cast) -> Proof:
    limit = AT - dt.timedelta(days=365)
    old = [competition_of(cast, limit), competition_of(cast, limit, is_cancelled=True)]
    young = competition_of(cast, limit + SECOND)
    gone = [row for one in old for row in held_of(one, "members", "judges")]
    return Proof(gone, held_of(young, "members", "judges"))


@proves(retention.SIGNUPS)
def sign_ups(cast: Cast) -> Proof:
    limit = moment(2026, 8, 22)
    states = ("placed", "waiting", "left", "lapsed")
    old = [signup(cast, limit - n * SECOND, state=state) for n, state in enumerate(states)]
    return Proof(rows(*old), rows(signup(cast, limit + SECOND)))


@proves(retention.WISHES)
def wishes_for_the_kitchen(cast: Cast) -> Proof:
    later = AT + dt.timedelta(days=1)
    left = signup(cast, later, state=SignUp.State.LEFT, wishes=["egg"])
    old = [left, signup(cast, AT, wishes=["nuts", "halal"])]
    return Proof(rows(*old), rows(signup(cast, AT + SECOND, wishes=["nuts", "halal"])))


def announcement(cast: Cast, sent_at: dt.datetime | None, **facts: Any) -> Announcement:
    """Sent then to Bob, who has read it; a draft without a time."""
    sent = {
        "published_at": sent_at,
        "published_by": cast.alice,
        "told_at": sent_at,
        "recipient_count": 1,
        "revision": 1,
    }
    texts = dict.fromkeys(("title", "decided", "why", "affects"), "Ny pauseliste")
    made: dt.datetime = sent_at or facts["changed_at"]
    facts = {"created_at": made, "changed_at": made, "author": cast.alice} | facts
    return Announcement.objects.create(**texts, **(sent if sent_at else {}) | facts)


def reading(cast: Cast, sent_at: dt.datetime, **facts: Any) -> Reading:
    return Reading.objects.create(
        announcement=announcement(cast, sent_at, **facts), person=cast.bob, read_at=sent_at,
        revision=1,
    )  # fmt: skip


def with_all_of_it(cast: Cast, made: Announcement) -> list[models.Model]:
    words = {name: getattr(made, name) for name in ("title", "decided", "why", "affects")}
    return [
        made,
        AnnouncementAudience.objects.create(announcement=made, person=cast.bob),
        AnnouncementRecipient.objects.create(announcement=made, person=cast.bob),
        AnnouncementRevision.objects.create(
            announcement=made, number=1, made_at=made.created_at, made_by=cast.alice, **words
        ),
    ]


@proves(retention.ANNOUNCEMENTS)
def announcements(cast: Cast) -> Proof:
    limit, drafted = moment(2024, 11, 20), AT - dt.timedelta(days=365)
    old = [announcement(cast, limit), announcement(cast, None, changed_at=drafted)]
    recent = [
        announcement(cast, limit + SECOND),
        announcement(cast, None, changed_at=drafted + SECOND),
    ]
    return Proof(
        rows(*(row for one in old for row in with_all_of_it(cast, one))),
        rows(*(row for one in recent for row in with_all_of_it(cast, one))),
    )


@proves(retention.READINGS)
def readings(cast: Cast) -> Proof:
    limit, over = AT - dt.timedelta(days=90), AT - dt.timedelta(days=7)
    withdrawn = {"withdrawn_by": cast.alice, "withdraw_reason": "Nei"}
    sent = over - dt.timedelta(days=1)
    old = [
        reading(cast, limit),
        reading(cast, sent, ended_at=over),
        reading(cast, sent, withdrawn_at=over, **withdrawn),
    ]
    recent = [
        reading(cast, limit + SECOND),
        reading(cast, sent, ended_at=over + SECOND),
        reading(cast, sent, withdrawn_at=over + SECOND, **withdrawn),
        # Corrected since: it was new again.
        reading(cast, limit - SECOND, told_at=limit + SECOND),
    ]
    return Proof(rows(*old), rows(*recent))


def idea(cast: Cast, **facts: Any) -> Idea:
    return Idea.objects.create(title="Quiz", proposer=cast.bob, vote_count=1, **facts)


@proves(retention.IDEA_VOTES)
def votes_for_ideas(cast: Cast) -> Proof:
    def vote(created_at: dt.datetime) -> IdeaVote:
        return IdeaVote.objects.create(idea=idea(cast, created_at=created_at), person=cast.alice)

    limit = moment(2026, 7, 23)
    return Proof(rows(vote(limit)), rows(vote(limit + SECOND)))


@proves(retention.IDEA_REPORTS)
def reports_of_ideas(cast: Cast) -> Proof:
    def report(settled_at: dt.datetime | None) -> IdeaReport:
        return IdeaReport.objects.create(
            idea=idea(cast, created_at=AT), reporter=cast.alice, reason="hurtful",
            reported_on=dt.date(2026, 1, 5), shown_from=moment(2026, 1, 5), settled_at=settled_at,
            outcome="kept" if settled_at else "waiting",
        )  # fmt: skip

    limit = AT - dt.timedelta(days=90)
    return Proof(rows(report(limit)), rows(report(limit + SECOND), report(None)))


@proves(retention.IDEAS)
def ideas(cast: Cast) -> Proof:
    limit = moment(2025, 11, 20)
    old, recent = (
        idea(cast, created_at=limit - dt.timedelta(days=9), settled_at=at, state="declined",
             reason="Fullt", settled_by=cast.admin)
        for at in (limit, limit + SECOND)
    )  # fmt: skip

    def hiding(of: Idea) -> IdeaHiding:
        return IdeaHiding.objects.create(
            idea=of, hidden_at=limit, hidden_by=cast.admin, reason="Stygt", was_state="open"
        )

    return Proof(rows(old, hiding(old)), rows(recent, hiding(recent)))


@proves(retention.OPINIONS)
def who_has_said_how_an_event_was(cast: Cast) -> Proof:
    def mark(day: int, closes_at: dt.datetime) -> TallyMark:
        event = make_event(make_series(cast.admin), dt.date(2026, 11, day))
        asked_at = closes_at - dt.timedelta(days=3)
        tally = Tally.objects.create(event=event, asked_at=asked_at, closes_at=closes_at)
        return TallyMark.objects.create(tally=tally, person=cast.bob)

    return Proof(rows(mark(13, AT)), rows(mark(14, AT + SECOND)))


@proves(retention.PHOTOS)
def photos(cast: Cast) -> Proof:
    event = make_event(make_series(cast.admin))

    def photo(uploaded_at: dt.datetime, *, agreed: bool = True, **facts: Any) -> list[models.Model]:
        made = Photo.objects.create(
            event=event, uploader=cast.bob, alt="Vafler", width=4, height=3,
            uploaded_at=uploaded_at, **facts,
        )  # fmt: skip
        file = PhotoFile.objects.create(photo=made, full=b"full", small=b"small")
        agreed_at = uploaded_at if agreed else None
        return [
            made,
            file,
            PhotoTag.objects.create(photo=made, person=cast.alice, agreed_at=agreed_at),
        ]

    half_a_year, two_weeks, week = (AT - dt.timedelta(days=days) for days in (180, 14, 7))
    return Proof(
        rows(*photo(half_a_year), *photo(two_weeks, agreed=False), *photo(week, hidden_at=week)),
        rows(
            *photo(half_a_year + SECOND),
            *photo(two_weeks + SECOND, agreed=False),
            *photo(week, hidden_at=week + SECOND),
        ),
    )


def test_every_rule_has_a_proof() -> None:
    assert set(PROOFS) == {rule.name for rule in RULES}


def run_function(rule: Rule, at: dt.datetime) -> None:
    import_string(rule.deleted_by)(at=at)


def run_night(rule: Rule, at: dt.datetime) -> None:
    """All of the night's jobs: none of them may take what a rule keeps."""
    with time_machine.travel(at, tick=False):
        for task in {*NIGHTLY, rule.task}:
            import_string(task)()


def entries_of(rule: Rule, row: Row) -> list[Entry]:
    return [one for one in ENTRIES if one.rule is rule and one.model == row.label]


@pytest.mark.parametrize("run", [run_function, run_night])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_job_deletes_what_is_old_and_keeps_what_is_recent(
    rule: Rule, run: Callable[[Rule, dt.datetime], None], cast: Cast
) -> None:
    proof = PROOFS[rule.name](cast)
    tables = {one.model for one in ENTRIES if one.rule is rule}
    assert {row.label for row in proof.old} == {row.label for row in proof.recent} == tables
    run(rule, proof.at)
    for row in proof.recent:
        assert row.now() == row.before, row.label
    for row in proof.old:
        now, before = row.now(), row.before
        assert before is not None
        for entry in entries_of(rule, row) if now else ():
            same = {field for field in entry.fields if now and now[field] == before[field]}
            # What stays for counting stays whole, the rest has changed to nothing.
            assert same == (set(entry.fields) if rule is retention.HISTORY else set()), row.label


# --- leavers --------------------------------------------------------------------------------------


def everything_stored() -> str:
    """Every value of every row of every model, as text."""
    return "\n".join(
        str(row)
        for model in apps.get_models(include_auto_created=True)
        for row in model._base_manager.values_list()
    )


@pytest.fixture
def zebedee(cast: Cast) -> Person:
    """Came, was thanked and left through the front door, with a name that is nowhere else."""
    began = moment(2024, 12, 1)
    person = people.hire_person(
        facts=people.PersonFacts(
            employer=cast.employer,
            employee_number="98765-zz",
            given_name="Zebedee",
            family_name="Quillfeather",
            email="zq@quills.example",
            phone="+47 987 65 432",
            title="Featherer",
            unit=cast.team,
            started_on=dt.date(2024, 12, 1),
        ),
        by=cast.admin,
        at=began,
    )
    people.change_person(person=cast.bob, manager=person, by=cast.admin, at=began)
    person = people.change_person(person=person, title="Quiller", by=cast.admin, at=began)
    people.issue_activation_codes(people=[person], by=cast.admin, at=began)
    EmailAddress.objects.create(user=person, email=person.email)
    people.choose_wall(person=person, choice="any", by=person, at=began)
    thanks(cast, moment(2025, 6, 1), to=[person], wants_wall=True, audience="company")
    thanks(cast, moment(2025, 6, 2), by=person, to=[cast.bob])
    token(person)
    people.end_employment(person=person, on=dt.date(2025, 11, 20), by=cast.admin, at=began)
    return person


TRACES = ("Zebedee", "Quill", "98765", "zq@", "987 65")


def test_nothing_names_somebody_who_left_a_year_ago(zebedee: Person) -> None:
    assert [trace for trace in TRACES if trace not in everything_stored()] == []
    run_night(retention.LEAVERS, AT)
    assert [trace for trace in TRACES if trace in everything_stored()] == []
    assert [trace for trace in TRACES if trace.lower() in everything_stored().lower()] == []


def test_counts_of_the_past_stay(cast: Cast, zebedee: Person) -> None:
    day = dt.date(2025, 6, 1)
    before = len(queries.members_on(day, unit=cast.team))
    assert people.forget_leavers(at=AT) == 1
    assert len(queries.members_on(day, unit=cast.team)) == before
    assert people.forget_leavers(at=AT) == 0
    assert Kudos.objects.count() == 2


def test_forgetting_is_in_the_log_without_the_name(zebedee: Person) -> None:
    people.forget_leavers(at=AT)
    entry = AuditEntry.objects.get(verb="people-forgotten")
    assert (entry.at, entry.actor) == (AT, None)
    assert entry.detail == {"count": 1, "people": [zebedee.key]}


def test_many_leavers_are_forgotten_in_batches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engagement.people.actions.forgetting.BATCH", 2)
    for number in range(5):
        factories.make_person(f"L{number}", unit=cast.team, left_on=dt.date(2025, 1, 1))
    assert people.forget_leavers(at=AT) == 5
    assert Person.objects.filter(given_name="").count() == 5


def test_kudos_of_the_forgotten_keep_their_words(
    as_bob: Client, cast: Cast, zebedee: Person
) -> None:
    people.forget_leavers(at=AT)
    zebedee.refresh_from_db()
    for language, words in (("en", "Former colleague"), ("nb", None)):
        with override(language):
            assert zebedee.name == zebedee.get_short_name() == str(zebedee)
            assert words is None or zebedee.name == words
            assert zebedee.name.strip()
    given = Kudos.objects.get(giver=zebedee)
    people.choose_language(person=cast.bob, language="en", by=cast.bob, at=AT)
    for address in (reverse("kudos:feed"), reverse("kudos:detail", args=[given.key])):
        page = as_bob.get(address).content.decode()
        assert "Former colleague" in page
        assert "Takk for hjelpen" in page


def test_forgotten_person_who_comes_back_is_a_new_one(cast: Cast, zebedee: Person) -> None:
    people.forget_leavers(at=AT)
    with pytest.raises(ValidationError, match="new person"), override("en"):
        people.rehire_person(person=zebedee, on=dt.date(2027, 1, 1), by=cast.admin, at=AT)
    again = factories.make_person("Zebedee", unit=cast.team, employee_number="98765-zz")
    assert again.pk != zebedee.pk


def test_forgotten_person_is_found_by_nothing(cast: Cast, zebedee: Person) -> None:
    people.forget_leavers(at=AT)
    zebedee.refresh_from_db()
    assert (zebedee.search_text, zebedee.sort_name, zebedee.has_usable_password()) == (
        "",
        "",
        False,
    )
    cast.bob.refresh_from_db()
    assert cast.bob.manager is None


# --- the audit log --------------------------------------------------------------------------------


def test_database_keeps_audit_entries_for_five_years(cast: Cast) -> None:
    young = people.record(
        verb="x", by=cast.admin, at=times.now() - dt.timedelta(days=1820), subject="y"
    )
    for change in (
        lambda: AuditEntry.objects.filter(pk=young.pk).delete(),
        lambda: AuditEntry.objects.filter(pk=young.pk).update(verb="z"),
        # A wrong clock does not shorten the years.
        lambda: people.purge_audit(at=times.now() + dt.timedelta(days=3650)),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    assert AuditEntry.objects.get(pk=young.pk).verb == "x"


def test_old_audit_entries_cannot_be_changed_either(cast: Cast) -> None:
    old = people.record(
        verb="x", by=cast.admin, at=times.now() - dt.timedelta(days=3650), subject="y"
    )
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(pk=old.pk).update(verb="z")


def test_months_before_is_the_last_day_of_a_shorter_month() -> None:
    assert times.months_before(dt.date(2026, 3, 31), 1) == dt.date(2026, 2, 28)
    assert times.months_before(dt.date(2028, 2, 29), 12) == dt.date(2027, 2, 28)
    assert times.months_before(dt.date(2026, 1, 15), 1) == dt.date(2025, 12, 15)
    assert times.months_before(dt.date(2026, 12, 31), 24) == dt.date(2024, 12, 31)
    assert times.months_before(AT, 60) == moment(2021, 11, 20)


# --- one's own data -------------------------------------------------------------------------------


def exported(client: Client) -> dict[str, Any]:
    answer = client.get(reverse("my-data"))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert "vaffel-me.json" in answer["Content-Disposition"]
    return answer.json()


def test_own_data_has_my_facts_and_places(as_alice: Client, cast: Cast) -> None:
    data = exported(as_alice)
    assert (data["id"], data["email"]) == (cast.alice.key, "alice@fjordtel.example")
    assert data["memberships"] == [{"unit": "Team Nordlys", "from": "2020-01-01", "to": None}]


def test_own_data_has_thanks_given_and_received(as_bob: Client, cast: Cast) -> None:
    at = times.now() - dt.timedelta(hours=1)
    got, gave = thanks(cast, at), thanks(cast, at, by=cast.bob, to=[cast.alice, cast.team])
    take_off_walls(kudos=got, by=cast.bob, at=at)
    data = exported(as_bob)
    assert data["kudos_received"] == [
        {
            "id": got.key,
            "at": at.isoformat(),
            "message": "Takk for hjelpen",
            "value": None,
            "audience": "team",
            "look": "plain",
            "from": "Alice Aas",
            "off_wall_at": at.isoformat(),
            "is_private": False,
        }
    ]
    [given] = data["kudos_given"]
    assert (given["id"], given["to"]) == (gave.key, ["Alice Aas", "Team Nordlys"])


def test_own_data_has_notices_in_words(as_bob: Client, cast: Cast) -> None:
    at = times.now() - dt.timedelta(hours=1)
    kudos = thanks(cast, at)
    people.choose_language(person=cast.bob, language="en", by=cast.bob, at=at)
    [told] = exported(as_bob)["notices"]
    assert told["words"] == "Alice Aas thanks you: Takk for hjelpen"
    assert (told["link"], told["read_at"]) == (f"/kudos/{kudos.key}/", None)


def test_own_data_has_what_comes_by_mail_and_when_it_is_quiet(as_bob: Client, cast: Cast) -> None:
    data = exported(as_bob)
    assert (data["notice_choices"], data["notice_hours"]) == ({}, None)
    NoticeChoice.objects.create(person=cast.bob, kind="kudos_received", way="digest")
    NoticeChoice.objects.create(person=cast.alice, kind="survey_opened", way="none")
    NoticeHours.objects.create(person=cast.bob, quiet_from=dt.time(22))
    data = exported(as_bob)
    assert data["notice_choices"] == {"kudos_received": "digest"}
    assert data["notice_hours"] == {"is_quiet": True, "from": "22:00", "to": "07:00"}


def test_own_data_leaves_out_what_is_on_hold_withdrawn_or_somebody_elses(
    as_bob: Client, cast: Cast
) -> None:
    withdrawn = thanks(cast, times.now() - dt.timedelta(hours=1))
    withdraw_kudos(kudos=withdrawn, by=cast.alice, at=times.now())
    thanks(cast, times.now())
    thanks(cast, times.now() - dt.timedelta(hours=1), to=[cast.keeper])
    data = exported(as_bob)
    assert (data["kudos_received"], data["kudos_given"], data["notices"]) == ([], [], [])


def test_own_data_has_tokens_codes_log_and_screens_without_secrets(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.keeper, backend="allauth.account.auth_backends.AuthenticationBackend")
    mine = token(cast.keeper)
    screen(cast, "Kantina", None)
    people.issue_activation_codes(people=[cast.keeper, cast.bob], by=cast.admin, at=AT)
    data = exported(client)
    assert [one["name"] for one in data["api_tokens"]] == ["Intranet"]
    assert [one["screen"] for one in data["screens_let_in"]] == ["Kantina"]
    assert len(data["activation_codes"]) == 1
    assert "activation-codes-issued" in [one["verb"] for one in data["audit_log"]]
    code = ActivationCode.objects.get(person=cast.keeper)
    assert mine.token_hash not in str(data)
    assert code.code_hash not in str(data)


# Where a person's own data is found, for every table that names people.
EXPORTED = {
    "people.Person": "given_name",
    "people.Membership": "memberships",
    "people.RoleAssignment": "roles",
    "people.ActivationCode": "activation_codes",
    "people.RosterImport": "rosters_sent",
    "people.AuditEntry": "audit_log",
    "account.EmailAddress": "sign_in_addresses",
    "notices.Notice": "notices",
    "notices.Delivery": "notices",
    "notices.NoticeChoice": "notice_choices",
    "notices.NoticeHours": "notice_hours",
    "api.ApiToken": "api_tokens",
    "kudos.Kudos": "kudos_given",
    "kudos.KudosReceiver": "kudos_received",
    "kudos.Comment": "kudos_comments",
    "kudos.Reaction": "kudos_reactions",
    "kudos.Report": "kudos_reports",
    "kudos.Decision": "kudos_decisions",
    "kudos.Praise": "customer_praise",
    "kudos.Milestone": "milestones",
    "events.CalendarLink": "calendar_links",
    "wallboards.Screen": "screens_let_in",
    "surveys.RollEntry": "surveys_asked",
    "surveys.Survey": "surveys_planned",
    "surveys.Review": "surveys_read",
    "surveys.Count": "surveys_counted",
    "surveys.Instrument": "instruments_written",
    "surveys.InstrumentVersion": "instruments_written",
    "surveys.PulsePlan": "pulse_plans",
    "surveys.BurdenLimit": "burden_limits_set",
    "events.RosterDay": "roster_days",
    "events.RosterShift": "shifts",
    "events.ShiftFile": "shift_files",
    "events.Series": "events_planned",
    "events.SignUp": "sign_ups",
    "events.Competition": "competitions_made",
    "events.Entry": "competition_entries",
    "events.EntryChange": "competition_entries",
    "events.GroupMember": "competition_groups",
    "events.Judge": "competitions_judged",
    "events.OptOut": "competitions_left_out",
    "events.Announcement": "announcements_written",
    "events.AnnouncementRevision": "announcements_written",
    "events.AnnouncementRecipient": "announcements_got",
    "events.Reading": "announcements_got",
    "events.Idea": "ideas_proposed",
    "events.IdeaHiding": "ideas_hidden",
    "events.IdeaReport": "idea_reports",
    "events.IdeaVote": "idea_votes",
    "events.Photo": "photos_added",
    "events.PhotoTag": "photos_i_am_on",
    "events.TallyMark": "events_answered",
}
NOT_EXPORTED = {
    "account.EmailConfirmation": "not in use",
    "sessions.Session": "the one that asks",
    "django_cache": "hashes that lead to nobody",
    "live.Celebration": "the same words as in the thank-yous",
    "api.IdempotentAnswer": "a repetition of what was called, for a day",
    "api.RateBucket": "a counter, for minutes",
    "kudos.Mention": "where in a text a name stands; the text is there",
    "kudos.KudosReach": "the audience, which the thank-yous tell",
    "events.AnnouncementAudience": "a list somebody else wrote; what was sent of it is there",
    "events.Reminder": "that a notice was sent, which is there, for a day",
    "events.PhotoFile": "a picture: whoever may see it saves it from its page",
    "wallboards.Pairing": "a device, nobody's",
    "surveys.Comment": "nothing says whose it is",
}


def test_own_data_tells_of_surveys_what_the_roll_has(as_alice: Client, cast: Cast) -> None:
    survey = make_survey("open", teams=[make_team("Fossen"), cast.team], by=cast.bob)
    RollEntry.objects.filter(survey=survey, person=cast.alice).update(
        is_collected=True, blinded_digest=b"\x07" * 32
    )
    data = exported(as_alice)
    assert data["surveys_asked"] == [
        {
            "survey": survey.key,
            "group": "Team Nordlys",
            "collected": True,
            "blinded_digest": "07" * 32,
        }
    ]
    assert data["surveys_read"] == data["surveys_counted"] == []


def test_own_data_has_every_personal_table(as_alice: Client) -> None:
    personal = {entry.model for entry in ENTRIES if entry.rule}
    assert personal == set(EXPORTED) | set(NOT_EXPORTED)
    assert set(EXPORTED.values()) - set(exported(as_alice)) == set()
