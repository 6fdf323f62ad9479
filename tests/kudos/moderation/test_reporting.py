"""Reporting: once a person and thing, off the walls until decided, and nobody hears who it was."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils.translation import override

from engagement import times
from engagement.live.models import Celebration
from engagement.notices import queries as notices
from engagement.notices.models import Notice
from engagement.people.models import AuditEntry, Person, RoleAssignment
from kudos import actions, queries
from kudos.models import Comment, Decision, Kudos, Report
from tests import factories
from tests.conftest import Cast
from tests.kudos.moderation.cases import given, hr, report, said


def on_walls(kudos: Kudos) -> int:
    return Celebration.objects.current(times.now()).filter(source=kudos.key).count()


def told(person: Person, kind: str) -> list[str]:
    rows = Notice.objects.filter(person=person, kind=kind, withdrawn_at__isnull=True)
    return [row.source for row in rows.order_by("pk")]


def words_of(person: Person, at: dt.datetime) -> list[str]:
    with override("en"):
        page = notices.notice_page(person, at=at)
    return [line.words.strip() for day in page.days for line in day.lines]


def test_report_is_stored_with_its_reason_and_note(cast: Cast) -> None:
    kudos, at = given(cast), times.now()
    made = report(kudos, cast.bob, note="  Ikke\u202e greit ", at=at)
    assert (made.kudos, made.comment, made.reporter, made.reason, made.note, made.created_at) == (
        kudos, None, cast.bob, "hurtful", "Ikke greit", at,
    )  # fmt: skip


def test_same_person_reports_a_thing_once(cast: Cast) -> None:
    kudos = given(cast)
    first, again = report(kudos, cast.bob), report(kudos, cast.bob, reason="other")
    assert (again, again.reason, Report.objects.count()) == (first, "hurtful", 1)


def test_reported_kudos_leaves_the_walls_and_stays_in_feeds(cast: Cast) -> None:
    kudos = given(cast)
    assert on_walls(kudos) == 1
    report(kudos, cast.keeper)
    assert on_walls(kudos) == 0
    assert queries.feed_page(cast.charlie, at=times.now()).items == [kudos]


def test_reported_kudos_stays_off_walls_when_a_receiver_chooses_anew(cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.keeper)
    actions.choose_wall(by=cast.bob, choice="any", at=times.now())
    actions.keep_private(kudos=kudos, by=cast.bob, is_private=True, at=times.now())
    actions.keep_private(kudos=kudos, by=cast.bob, is_private=False, at=times.now())
    assert on_walls(kudos) == 0


def test_reported_comment_leaves_the_card_on_the_walls(cast: Cast) -> None:
    kudos = given(cast)
    report(said(kudos, cast.bob), cast.alice)
    assert on_walls(kudos) == 1


def test_own_words_are_not_reported(cast: Cast) -> None:
    kudos = given(cast)
    for thing, author in ((kudos, cast.alice), (said(kudos, cast.bob), cast.bob)):
        with pytest.raises(PermissionDenied):
            report(thing, author)
    assert Report.objects.count() == 0


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"reason": "because"}, "reason"), ({"reason": ""}, "reason"), ({"note": "x" * 301}, "note")],
)
def test_bad_report_names_its_field(cast: Cast, facts: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        report(given(cast), cast.bob, **facts)
    assert list(caught.value.message_dict) == [field]


def test_what_is_gone_is_not_reported(cast: Cast) -> None:
    withdrawn, hidden = given(cast), given(cast)
    comment = said(hidden, cast.charlie)
    actions.withdraw_kudos(kudos=withdrawn, by=cast.alice, at=times.now())
    actions.hide_thing(thing=hidden, by=cast.admin, reason="other", at=times.now())
    for thing in (withdrawn, hidden, comment):
        with pytest.raises(ValidationError, match="gone"), override("en"):
            report(thing, cast.bob)


def test_reports_are_limited_an_hour(cast: Cast) -> None:
    at = times.now()
    many = [given(cast) for _ in range(11)]
    for kudos in many[:10]:
        report(kudos, cast.bob, at=at)
    with pytest.raises(ValidationError, match="10 things within an hour"), override("en"):
        report(many[10], cast.bob, at=at + dt.timedelta(minutes=59))
    # What was reported before is no new report, and others are not limited by it.
    assert report(many[0], cast.bob, at=at).reporter == cast.bob
    report(many[10], cast.keeper, at=at)
    report(many[10], cast.bob, at=at + dt.timedelta(minutes=60))
    assert Report.objects.count() == 12


def test_moderators_are_told_once_a_day(cast: Cast) -> None:
    manager = hr(cast)
    at = times.now()
    tomorrow = at + dt.timedelta(days=1)
    for moment in (at, at, tomorrow):
        report(given(cast, at=at), cast.bob, at=moment)
    days = [f"reports:{times.local_date(moment).isoformat()}" for moment in (at, tomorrow)]
    for person in (cast.admin, manager):
        assert told(person, "reports_waiting") == days
    assert told(cast.keeper, "reports_waiting") == []


def test_moderators_read_how_many_wait_now(cast: Cast) -> None:
    first, second = given(cast), given(cast)
    report(first, cast.bob)
    report(second, cast.bob)
    report(said(second, cast.charlie), cast.bob)
    at = times.now()
    assert words_of(cast.admin, at) == ["3 reported thanks or comments wait for you to decide."]
    for thing in (first, second):
        actions.hide_thing(thing=thing, by=cast.admin, reason="hurtful", at=at)
    assert words_of(cast.admin, at) == ["What was reported is decided."]


def test_giver_never_reads_who_reported(cast: Cast, as_alice: Client) -> None:
    kudos = given(cast)
    report(kudos, cast.keeper, note="Dette sårer meg")
    at = times.now()
    actions.decide_reports(thing=kudos, by=cast.admin, hides=True, at=at)
    later = at + dt.timedelta(minutes=1)
    assert [row.kind for row in Notice.objects.filter(person=cast.alice)] == ["thanks_hidden"]
    read = " ".join(words_of(cast.alice, later)) + str(queries.own_data(cast.alice, at=later))
    read += as_alice.get("/notices/").content.decode()
    assert "hidden" in read
    for trace in ("Kari", "Keeper", "Dette sårer meg", cast.keeper.key):
        assert trace not in read


def test_log_names_neither_reporter_nor_words(cast: Cast) -> None:
    kudos = given(cast, message="Vaffelhjernen")
    report(kudos, cast.keeper, note="Dette sårer meg")
    actions.decide_reports(thing=kudos, by=cast.admin, hides=True, at=times.now())
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("kudos-hidden", cast.admin, kudos.key)
    assert entry.detail == {"reason": "hurtful"}


def test_author_who_takes_it_back_settles_the_reports(cast: Cast) -> None:
    kudos = given(cast)
    comment = said(kudos, cast.charlie)
    report(comment, cast.bob)
    report(kudos, cast.keeper)
    at = times.now()
    actions.withdraw_comment(comment=comment, by=cast.charlie, at=at)
    actions.withdraw_kudos(kudos=kudos, by=cast.alice, at=at)
    assert [(one.outcome, one.by, one.thing) for one in Decision.objects.order_by("pk")] == [
        ("taken_back", None, comment), ("taken_back", None, kudos),
    ]  # fmt: skip
    assert Report.objects.filter(decision__isnull=True).count() == 0
    for person in (cast.bob, cast.keeper):
        assert words_of(person, at)[0] == "What you reported was taken back by whoever wrote it."


def test_withdrawn_kudos_settles_reports_about_what_was_said_to_it(cast: Cast) -> None:
    kudos = given(cast)
    report(said(kudos, cast.charlie), cast.bob)
    actions.withdraw_kudos(kudos=kudos, by=cast.alice, at=times.now())
    assert Report.objects.get().decision == Decision.objects.get()


def test_own_data_holds_what_i_reported_and_what_was_hidden_of_mine(cast: Cast) -> None:
    kudos = given(cast)
    comment = said(kudos, cast.bob, text="Ikke bra")
    report(kudos, cast.bob, note="Fordi")
    at = times.now()
    actions.hide_thing(thing=comment, by=cast.admin, reason="untrue", at=at)
    actions.decide_reports(thing=kudos, by=cast.admin, hides=True, at=at)
    bobs = queries.own_data(cast.bob, at=at)
    [reported] = bobs["kudos_reports"]  # type: ignore[misc]
    assert (reported["about"], reported["reason"], reported["note"], reported["outcome"]) == (
        kudos.key, "hurtful", "Fordi", "hidden",
    )  # fmt: skip
    [mine] = bobs["kudos_comments"]  # type: ignore[misc]
    assert (mine["hidden_at"], mine["hidden_because"]) == (at.isoformat(), "untrue")
    assert bobs["kudos_received"] == []
    [alices] = queries.own_data(cast.alice, at=at)["kudos_given"]  # type: ignore[misc]
    assert (alices["hidden_at"], alices["hidden_because"]) == (at.isoformat(), "hurtful")
    admins = queries.own_data(cast.admin, at=at)["kudos_decisions"]
    assert [(one["about"], one["reason"]) for one in admins] == [  # type: ignore[attr-defined]
        (comment.key, "untrue"), (kudos.key, "hurtful"),
    ]  # fmt: skip


def test_reporter_who_left_hears_nothing(cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.keeper)
    Person.objects.filter(pk=cast.keeper.pk).update(left_on=times.today())
    actions.decide_reports(thing=kudos, by=cast.admin, hides=False, at=times.now())
    assert told(cast.keeper, "report_decided") == []


def test_moderators_are_those_responsible_where_it_belongs(cast: Cast) -> None:
    """HR of the partner, site managers of both sites; a lead decides nothing."""
    partner_hr = factories.make_person("Pia", "Partner", unit=cast.partner_team)
    factories.give_role(partner_hr, RoleAssignment.Role.HR, employer=cast.partner)
    here, there = (
        factories.make_person(name, "Leder", unit=cast.department) for name in ("Tor", "Gro")
    )
    factories.give_role(here, RoleAssignment.Role.SITE_MANAGER, site=cast.trondheim)
    factories.give_role(there, RoleAssignment.Role.SITE_MANAGER, site=cast.gjovik)
    factories.give_role(cast.keeper, RoleAssignment.Role.LEAD, unit=cast.team)

    def deciding(thing: Kudos | Comment) -> set[str]:
        report(thing, factories.make_person("Rita", unit=cast.team))
        rows = Notice.objects.filter(kind="reports_waiting")
        names = set(rows.values_list("person__given_name", flat=True))
        rows.delete()
        return names

    assert deciding(given(cast)) == {"Anne", "Tor"}
    assert deciding(given(cast, to=[cast.charlie])) == {"Anne", "Pia", "Gro"}
    assert deciding(given(cast, by=cast.charlie, to=[cast.team])) == {"Anne", "Pia", "Tor"}
    assert deciding(said(given(cast), cast.charlie)) == {"Anne", "Pia", "Tor"}
