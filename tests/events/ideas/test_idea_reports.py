"""Reported ideas: who reported is told to nobody; hidden, kept, shown again."""

import datetime as dt
import json
from functools import partial

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from engagement.export import everything_about
from engagement.notices.kinds import KINDS
from engagement.notices.models import Delivery, Notice
from engagement.notices.queries import own_data as own_notices
from engagement.people.models import AuditEntry, Person, RoleAssignment
from events import actions
from events.actions.reporting_ideas import KEPT
from events.models import Idea, IdeaHiding, IdeaReport
from events.queries.idea_reports import hidden_ideas, reported_ideas, waiting_report_count
from events.queries.ideas import ideas_for
from tests import factories
from tests.conftest import Cast
from tests.events.conftest import WaffleFriday
from tests.events.ideas.helpers import AT, propose, refused
from tests.events.signup.helpers import crowd

pytestmark = pytest.mark.django_db
State, Outcome = Idea.State, IdeaReport.Outcome
# What was reported at AT is shown by then.
LATER = AT + dt.timedelta(hours=1)


def report(
    idea: Idea, by: Person, reason: str = "hurtful", at: dt.datetime = AT, note: str = ""
) -> IdeaReport:
    return actions.report_idea(idea=idea, by=by, reason=reason, note=note, at=at)


def told(kind: str) -> list[Person]:
    return [one.person for one in Notice.objects.filter(kind=kind).order_by("person")]


def test_report_waits_and_changes_nothing_else(cast: Cast) -> None:
    idea = propose(cast.alice)
    before = Idea.objects.values().get()
    made = report(idea, cast.bob, note="  Rammer\u202e Kari\n")
    assert (made.outcome, made.note, made.reported_on) == (
        Outcome.WAITING,
        "Rammer Kari",
        AT.date(),
    )
    assert Idea.objects.values().get() == before
    assert told("idea_reports_waiting") == [cast.admin]
    assert AuditEntry.objects.count() == 0


def test_once_a_person_and_idea(cast: Cast) -> None:
    idea = propose(cast.alice)
    assert report(idea, cast.bob) == report(idea, cast.bob, "other")
    assert IdeaReport.objects.get().reason == "hurtful"
    with pytest.raises(IntegrityError), transaction.atomic():
        IdeaReport.objects.create(
            idea=idea, reporter=cast.bob, reason="other", reported_on=AT.date(), shown_from=LATER
        )


def test_own_is_taken_back_not_reported(cast: Cast) -> None:
    for is_named in (True, False):
        with pytest.raises(PermissionDenied):
            report(propose(cast.alice, is_named=is_named), cast.alice)


def test_what_says_nothing_or_too_much_is_refused(cast: Cast) -> None:
    idea = propose(cast.alice)
    refused(partial(report, idea, cast.bob, "boring"))
    refused(partial(report, idea, cast.bob, note="x" * 301))
    actions.withdraw_idea(idea=idea, by=cast.alice, at=AT)
    refused(partial(report, idea, cast.bob))
    assert IdeaReport.objects.count() == 0


def test_five_within_a_day_and_no_sixth(cast: Cast) -> None:
    people = crowd(cast.team, 2)
    ideas = [propose(people[number // 4], f"Idé {number}") for number in range(6)]
    for idea in ideas[:5]:
        report(idea, cast.bob)
    # Again is the same, not one more.
    report(ideas[0], cast.bob)
    refused(partial(report, ideas[5], cast.bob))
    report(ideas[5], cast.alice)
    report(ideas[5], cast.bob, at=AT + dt.timedelta(days=1))
    assert IdeaReport.objects.count() == 7


def test_however_many_report_it_is_one_notice_a_day_at_the_full_hour(cast: Cast) -> None:
    idea, at = propose(cast.alice), AT + dt.timedelta(minutes=7, seconds=3)
    for person in crowd(cast.team, 4):
        report(idea, person, at=at)
    notice = Notice.objects.get(kind="idea_reports_waiting")
    assert (notice.show_from, notice.created_at) == (AT + dt.timedelta(hours=1),) * 2
    kind = KINDS["idea_reports_waiting"]
    for moment, count in ((AT + dt.timedelta(minutes=59), 0), (LATER, 1)):
        with time_machine.travel(moment, tick=False):
            assert kind.load([{"reader_id": cast.admin.pk}, {"reader_id": cast.bob.pk}]) == [
                {"count": count},
                {"count": 0},
            ]
    report(idea, cast.bob, at=AT + dt.timedelta(days=1))
    assert Notice.objects.filter(kind="idea_reports_waiting").count() == 2


def test_nothing_is_shown_before_the_next_full_hour(cast: Cast) -> None:
    idea, minute = propose(cast.alice), AT + dt.timedelta(minutes=7, seconds=3)
    made = report(idea, cast.bob, at=minute, note="Ikke greit")
    assert made.shown_from == LATER
    for moment in (minute, LATER - dt.timedelta(seconds=1)):
        assert reported_ideas(cast.admin, at=moment) == []
        assert waiting_report_count(cast.admin, at=moment) == 0
    assert [one.notes for one in reported_ideas(cast.admin, at=LATER)] == [["Ikke greit"]]
    assert waiting_report_count(cast.admin, at=LATER) == 1
    # One more is not counted beside it at its own minute either.
    report(idea, cast.charlie, at=LATER + dt.timedelta(minutes=1), note="Æsj")
    for hours, notes in ((0.5, ["Ikke greit"]), (1, ["Ikke greit", "Æsj"])):
        [case] = reported_ideas(cast.admin, at=LATER + dt.timedelta(hours=hours))
        assert (case.report_count, case.notes) == (len(notes), notes)


def test_letting_it_stay_decides_what_was_read_alone(cast: Cast) -> None:
    idea = propose(cast.alice)
    report(idea, cast.bob)
    report(idea, cast.charlie, at=LATER + dt.timedelta(minutes=1))
    assert actions.keep_idea(idea=idea, by=cast.admin, at=LATER + dt.timedelta(minutes=2))
    assert not actions.keep_idea(idea=idea, by=cast.admin, at=LATER + dt.timedelta(minutes=3))
    assert told("idea_report_decided") == [cast.bob]
    outcomes = dict(IdeaReport.objects.values_list("reporter", "outcome"))
    assert outcomes == {cast.bob.pk: Outcome.KEPT, cast.charlie.pk: Outcome.WAITING}
    [case] = reported_ideas(cast.admin, at=LATER + dt.timedelta(hours=1))
    assert case.report_count == 1


@pytest.mark.parametrize("ends", ["declined", "lapsed"])
def test_report_waits_on_when_the_idea_ends(cast: Cast, ends: str) -> None:
    idea = propose(cast.alice)
    report(idea, cast.bob)
    if ends == "declined":
        actions.decline_idea(idea=idea, reason="Ikke i år", by=cast.admin, at=AT)
    else:
        assert actions.lapse_ideas(at=AT + dt.timedelta(days=120)) == 1
    assert [one.idea for one in reported_ideas(cast.admin, at=LATER)] == [idea]
    assert actions.keep_idea(idea=idea, by=cast.admin, at=LATER)
    assert reported_ideas(cast.admin, at=LATER) == []


# --- who decides ---
def test_manager_of_the_site_and_those_of_all_decide(cast: Cast, waffles: WaffleFriday) -> None:
    here, everybodys = propose(cast.alice, site=cast.trondheim), propose(cast.alice, "For alle")
    report(here, cast.bob)
    report(everybodys, cast.bob)
    assert [one.idea for one in reported_ideas(waffles.manager, at=LATER)] == [here]
    assert [one.idea for one in reported_ideas(cast.admin, at=LATER)] == [here, everybodys]
    assert reported_ideas(cast.bob, at=LATER) == []
    counts = [
        waiting_report_count(one, at=LATER) for one in (waffles.manager, cast.admin, cast.bob)
    ]
    assert counts == [1, 2, 0]
    assert told("idea_reports_waiting") == sorted(
        [waffles.manager, cast.admin], key=lambda one: one.pk
    )


@pytest.mark.parametrize("is_named", [True, False])
def test_nobody_decides_about_their_own(cast: Cast, waffles: WaffleFriday, is_named: bool) -> None:
    idea = propose(waffles.manager, site=cast.trondheim, is_named=is_named)
    report(idea, cast.bob)
    assert reported_ideas(waffles.manager, at=LATER) == []
    assert waiting_report_count(waffles.manager, at=LATER) == 0
    assert told("idea_reports_waiting") == [cast.admin]


def test_role_elsewhere_decides_nothing(cast: Cast) -> None:
    factories.give_role(cast.charlie, RoleAssignment.Role.LEAD, unit=cast.team)
    report(propose(cast.alice, site=cast.trondheim), cast.bob)
    assert told("idea_reports_waiting") == [cast.admin]
    assert reported_ideas(cast.charlie, at=LATER) == []


def test_those_who_decide_read_what_is_wrong_and_never_who_says_so(cast: Cast) -> None:
    idea, people = propose(cast.alice), crowd(cast.team, 3)
    report(idea, people[0], "other", note="Å nei")
    report(idea, people[1], "hurtful", note="Ikke greit")
    report(idea, people[2], "hurtful")
    [case] = reported_ideas(cast.admin, at=LATER)
    assert (case.report_count, [count for _reason, count in case.reasons]) == (3, [2, 1])
    # By letters, not by who was first.
    assert list(case.notes) == ["Ikke greit", "Å nei"]
    whole = repr(case) + json.dumps(everything_about(cast.admin, at=AT), default=str)
    assert [one.name for one in people if one.name in whole or one.key in whole] == []


# --- what comes of it ---
def test_kept_is_told_to_those_who_reported_and_logged(cast: Cast) -> None:
    idea = propose(cast.alice)
    report(idea, cast.bob)
    assert actions.keep_idea(idea=idea, by=cast.admin, at=LATER)
    assert not actions.keep_idea(idea=idea, by=cast.admin, at=LATER)
    assert IdeaReport.objects.get().outcome == Outcome.KEPT
    assert told("idea_report_decided") == [cast.bob]
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject, entry.detail) == ("idea-report-kept", idea.key, {})
    # Its author hears nothing, and the same person does not start it again.
    assert told("idea_declined") == []
    report(idea, cast.bob)
    assert reported_ideas(cast.admin, at=LATER) == []
    report(idea, cast.charlie)
    assert len(reported_ideas(cast.admin, at=LATER)) == 1


def test_hidden_is_told_to_both_and_names_neither_to_the_other(cast: Cast) -> None:
    idea = propose(cast.alice, is_named=False)
    named = propose(cast.alice, "Noe annet")
    for one in (idea, named):
        report(one, cast.bob, note="Kari blir lei seg")
        actions.hide_idea(idea=one, reason="Rammer en kollega", by=cast.admin, at=AT)
    assert told("idea_report_decided") == [cast.bob, cast.bob]
    assert told("idea_declined") == [cast.alice]
    authors = json.dumps(
        [own_notices(cast.alice, at=AT), everything_about(cast.alice, at=AT)], default=str
    )
    assert [text for text in (cast.bob.name, cast.bob.key, "Kari blir") if text in authors] == []
    reporters = json.dumps(
        [own_notices(cast.bob, at=AT), everything_about(cast.bob, at=AT)], default=str
    )
    assert [text for text in (cast.alice.name, cast.alice.key) if text in reporters] == []


def test_taken_back_is_told_to_those_who_reported(cast: Cast) -> None:
    idea = propose(cast.alice)
    report(idea, cast.bob)
    actions.withdraw_idea(idea=idea, by=cast.alice, at=AT)
    assert IdeaReport.objects.get().outcome == Outcome.TAKEN_BACK
    assert told("idea_report_decided") == [cast.bob]
    assert reported_ideas(cast.admin, at=LATER) == []
    assert not actions.keep_idea(idea=idea, by=cast.admin, at=LATER)


def test_decided_idea_can_still_be_reported(cast: Cast) -> None:
    idea = propose(cast.alice)
    actions.decline_idea(idea=idea, reason="Ikke i år", by=cast.admin, at=AT)
    report(idea, cast.bob)
    assert [one.idea for one in reported_ideas(cast.admin, at=LATER)] == [idea]


def test_nothing_of_it_is_in_a_mail_that_others_see(cast: Cast) -> None:
    idea = propose(cast.alice)
    report(idea, cast.bob)
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    actions.show_idea_again(idea=idea, by=cast.admin, at=AT)
    readers = {one.notice.person for one in Delivery.objects.filter(notice__isnull=False)}
    assert readers <= {cast.admin}


# --- shown again ---
def test_open_idea_is_open_again_and_voted_for_anew(cast: Cast) -> None:
    idea = propose(cast.alice)
    for person in crowd(cast.team, 6):
        actions.vote_for_idea(idea=idea, by=person, at=AT)
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    assert [one.key for one in hidden_ideas(cast.admin)] == [idea.key]
    assert actions.show_idea_again(idea=idea, by=cast.admin, at=AT)
    assert not actions.show_idea_again(idea=idea, by=cast.admin, at=AT)
    idea.refresh_from_db()
    assert (idea.state, idea.author, idea.vote_count, idea.reason) == (
        State.OPEN, cast.alice, 0, "",
    )  # fmt: skip
    assert (idea.settled_at, idea.settled_by) == (None, None)
    assert actions.vote_for_idea(idea=idea, by=cast.bob, at=AT).vote_count == 1
    page = ideas_for(cast.bob, order="votes", start=0, day=AT.date())
    assert list(page.ideas) == [idea]
    assert hidden_ideas(cast.admin) == []
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", "actor", "subject"))
    assert verbs == [
        ("idea-hidden", cast.admin.pk, idea.key),
        ("idea-shown", cast.admin.pk, idea.key),
    ]
    assert told("idea_shown_again") == [cast.alice]


def test_decided_idea_becomes_what_it_was(cast: Cast, waffles: WaffleFriday) -> None:
    picked, declined = propose(cast.alice), propose(cast.alice, "Karaoke", is_named=False)
    actions.pick_idea(idea=picked, series=waffles.series, by=waffles.manager, at=AT)
    actions.decline_idea(idea=declined, reason="For dyrt", by=waffles.manager, at=AT)
    before = list(Idea.objects.order_by("pk").values())
    later = AT + dt.timedelta(days=3)
    for idea in (picked, declined):
        actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=later)
        assert actions.show_idea_again(idea=idea, by=cast.admin, at=later)
    assert list(Idea.objects.order_by("pk").values()) == before


def test_unnamed_stays_forgotten(cast: Cast) -> None:
    idea = propose(cast.alice, is_named=False)
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    actions.show_idea_again(idea=idea, by=cast.admin, at=AT)
    idea.refresh_from_db()
    assert (idea.state, idea.proposer, idea.is_named) == (State.OPEN, None, False)
    assert told("idea_shown_again") == []


def test_hidden_before_hidings_were_written_down_is_open_again(cast: Cast) -> None:
    idea = propose(cast.alice)
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    IdeaHiding.objects.all().delete()
    assert actions.show_idea_again(idea=idea, by=cast.admin, at=AT)
    assert Idea.objects.get().state == State.OPEN


def test_nobody_hides_their_own(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(waffles.manager, site=cast.trondheim)
    report(idea, cast.bob)
    with pytest.raises(PermissionDenied):
        actions.hide_idea(idea=idea, reason="Stygt", by=waffles.manager, at=AT)
    assert (IdeaReport.objects.get().outcome, IdeaHiding.objects.count()) == (Outcome.WAITING, 0)
    assert actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT).state == State.HIDDEN


def test_nobody_shows_their_own_again(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(waffles.manager, site=cast.trondheim)
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    assert hidden_ideas(waffles.manager) == []
    with pytest.raises(PermissionDenied):
        actions.show_idea_again(idea=idea, by=waffles.manager, at=AT)


def test_shown_again_can_be_reported_again(cast: Cast) -> None:
    idea = propose(cast.alice)
    report(idea, cast.bob)
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    actions.show_idea_again(idea=idea, by=cast.admin, at=AT)
    load = partial(
        KINDS["idea_report_decided"].load, [{"idea": idea.key, "reader_id": cast.bob.pk}]
    )
    assert load() == [{"outcome": "shown_again"}]
    report(idea, cast.bob, "other", at=AT + dt.timedelta(hours=1))
    assert load() == [None]
    much_later = LATER + dt.timedelta(hours=1)
    assert [one.report_count for one in reported_ideas(cast.admin, at=much_later)] == [1]
    actions.hide_idea(idea=idea, reason="Likevel", by=cast.admin, at=AT + dt.timedelta(hours=2))
    assert load() == [{"outcome": "hidden"}]
    assert told("idea_report_decided") == [cast.bob, cast.bob]
    assert told("idea_declined") == [cast.alice, cast.alice]
    assert IdeaHiding.objects.filter(shown_at__isnull=True).count() == 1


def test_hidden_twice_without_being_shown_is_refused_by_the_database(cast: Cast) -> None:
    idea = propose(cast.alice)
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdeaHiding.objects.create(
            idea=idea, hidden_at=AT, hidden_by=cast.admin, reason="x", was_state="open"
        )


# --- kept how long ---
def test_reports_go_with_what_was_told_of_them(cast: Cast) -> None:
    idea = propose(cast.alice)
    report(idea, cast.bob)
    actions.keep_idea(idea=idea, by=cast.admin, at=LATER)
    assert actions.purge_idea_reports(at=LATER + KEPT - dt.timedelta(seconds=1)) == 0
    assert actions.purge_idea_reports(at=LATER + KEPT) == 1
    assert Notice.objects.get(kind="idea_report_decided").withdrawn_at is not None


def test_export_has_what_one_reported_and_hid(cast: Cast) -> None:
    idea = propose(cast.alice)
    report(idea, cast.bob, note="Stygt om Kari")
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    assert everything_about(cast.bob, at=AT)["idea_reports"] == [
        {"idea": idea.key, "reason": "hurtful", "note": "Stygt om Kari", "on": "2026-11-26",
         "shown_from": LATER.isoformat(), "outcome": "hidden"}
    ]  # fmt: skip
    assert everything_about(cast.admin, at=AT)["ideas_hidden"] == [
        {"idea": idea.key, "reason": "Stygt", "hidden_at": AT.isoformat(), "shown_again_at": None}
    ]
    assert everything_about(cast.alice, at=AT)["idea_reports"] == []
