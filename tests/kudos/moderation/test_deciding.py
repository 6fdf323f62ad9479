"""Deciding: what is hidden is nowhere, what is restored is everywhere it was."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.utils.translation import override
from rest_framework.test import APIClient

from engagement import times
from engagement.live.models import Celebration
from engagement.notices.models import Delivery, Notice
from engagement.people.models import AuditEntry, Person, RoleAssignment
from kudos import access, actions, queries
from kudos.models import Decision, Kudos, KudosReach, Report
from tests import factories
from tests.conftest import Cast
from tests.kudos.moderation.cases import given, hr, report, said
from tests.kudos.moderation.test_reporting import on_walls, told, words_of

MINUTE = dt.timedelta(minutes=1)


def hide(kudos: Kudos, by: Person, at: dt.datetime | None = None) -> Decision:
    decision = actions.hide_thing(thing=kudos, by=by, reason="hurtful", at=at or times.now())
    assert decision
    return decision


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


# --- hiding ---------------------------------------------------------------------------------------


def test_hiding_takes_it_from_feeds_walls_and_notices(cast: Cast) -> None:
    kudos = given(cast)
    comment = said(kudos, cast.charlie)
    assert sorted(told(cast.bob, "kudos_received") + told(cast.bob, "kudos_commented")) == sorted(
        [kudos.key, comment.key]
    )
    hide(kudos, cast.admin)
    assert on_walls(kudos) == 0
    assert KudosReach.objects.filter(kudos=kudos).count() == 0
    at = times.now()
    for person in (cast.alice, cast.bob, cast.charlie):
        assert queries.feed_page(person, at=at).items == []
        assert queries.thanks_to_person(person, cast.bob, at=at).items == []
    assert told(cast.bob, "kudos_received") == told(cast.bob, "kudos_commented") == []
    unsent = Delivery.objects.filter(notice__source=kudos.key, cancelled_at__isnull=True)
    assert unsent.count() == 0


def test_hidden_kudos_is_found_by_nobody(cast: Cast, as_alice: Client, as_bob: Client) -> None:
    kudos = given(cast, message="Vaffelhjernen")
    hide(kudos, cast.admin)
    for client in (as_alice, as_bob):
        for address in (f"/kudos/{kudos.key}/", f"/kudos/{kudos.key}/report/"):
            assert client.get(address).status_code == 404
        for address in ("/kudos/", "/kudos/?scope=mine", f"/kudos/to/{cast.bob.key}/", "/"):
            assert "Vaffelhjernen" not in client.get(address).content.decode()


def test_hidden_things_are_gone_from_the_api(cast: Cast, as_bob: Client) -> None:
    kudos, other = given(cast, message="Vaffelhjernen"), given(cast)
    hide(kudos, cast.admin)
    bad = said(other, cast.charlie, text="Pannekakehjernen")
    actions.hide_thing(thing=bad, by=cast.admin, reason="other", at=times.now())
    client = APIClient()
    client.force_login(cast.bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    listed = client.get("/api/v1/kudos/").json()
    assert [one["id"] for one in listed["results" if "results" in listed else "data"]] == [
        other.key
    ]
    assert client.get(f"/api/v1/kudos/{kudos.key}/").status_code == 404
    assert client.get(f"/api/v1/kudos/{kudos.key}/comments/").status_code == 404
    assert client.get(f"/api/v1/kudos/{other.key}/comments/").json() == []
    assert client.get(f"/api/v1/kudos/{other.key}/").json()["comment_count"] == 0
    exported = str(queries.own_data(cast.bob, at=times.now()))
    assert other.key in exported
    assert "Vaffelhjernen" not in exported
    assert "Pannekakehjernen" not in exported


def test_writer_is_told_why_and_whom_to_talk_to(cast: Cast) -> None:
    at = times.now()
    kudos = given(cast, message="Vaffelhjernen")
    comment = said(kudos, cast.bob, text="Enig i det")
    actions.hide_thing(thing=comment, by=cast.admin, reason="untrue", at=at)
    hide(kudos, cast.admin, at=at)
    assert words_of(cast.alice, at) == []
    assert words_of(cast.alice, at + MINUTE) == [
        "A thank-you of yours is hidden. The reason given: hurtful. Anne Admin decided it; talk to"
        " Anne Admin or to HR if you see it differently. “Vaffelhjernen”"
    ]
    assert words_of(cast.bob, at + MINUTE) == [
        "A comment of yours is hidden. The reason given: not true. Anne Admin decided it; talk to"
        " Anne Admin or to HR if you see it differently. “Enig i det”"
    ]


def test_hiding_twice_is_one_decision(cast: Cast) -> None:
    kudos = given(cast)
    hide(kudos, cast.admin)
    again = actions.hide_thing(thing=kudos, by=hr(cast), reason="other", at=times.now())
    assert (again, Decision.objects.count(), verbs()) == (None, 1, ["kudos-hidden"])


def test_hidden_comment_leaves_its_kudos(cast: Cast) -> None:
    kudos = given(cast)
    kept, bad = said(kudos, cast.bob), said(kudos, cast.charlie)
    decision = actions.hide_thing(thing=bad, by=cast.admin, reason="other", at=times.now())
    assert decision
    assert queries.comments_on(kudos) == [kept]
    assert (on_walls(kudos), verbs()) == (1, ["comment-hidden"])
    assert actions.restore_thing(decision=decision, by=cast.admin, at=times.now())
    assert queries.comments_on(kudos) == [kept, bad]
    assert verbs() == ["comment-hidden", "comment-restored"]


def test_planned_kudos_that_is_hidden_is_never_sent(cast: Cast) -> None:
    at = times.now()
    kudos = given(cast, release_at=at + MINUTE)
    hide(kudos, cast.admin, at=at)
    assert actions.release_planned_kudos(at=at + 2 * MINUTE) == 0
    assert Celebration.objects.count() == 0


def test_reason_must_be_of_the_list(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions.hide_thing(thing=given(cast), by=cast.admin, reason="ugly", at=times.now())


def test_database_refuses_a_decision_without_reason_or_decider(cast: Cast) -> None:
    kudos, at = given(cast), times.now()
    for facts in (
        {"outcome": "hidden", "by": cast.admin},
        {"outcome": "hidden", "reason": "hurtful"},
        {"outcome": "kept", "by": cast.admin, "reason": "hurtful"},
        {"outcome": "taken_back", "by": cast.admin},
        {"outcome": "kept", "by": cast.admin, "undone_at": at, "undone_by": cast.admin},
    ):
        with pytest.raises(IntegrityError, match="decision_"), transaction.atomic():
            Decision.objects.create(kudos=kudos, at=at, **facts)


# --- deciding -------------------------------------------------------------------------------------


def test_reports_are_decided_together_by_the_reason_most_give(cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.bob, reason="untrue")
    report(kudos, cast.keeper, reason="personal")
    report(kudos, cast.charlie, reason="personal")
    at = times.now()
    decision = actions.decide_reports(thing=kudos, by=cast.admin, hides=True, at=at)
    assert decision
    assert (decision.outcome, decision.reason, decision.by) == ("hidden", "personal", cast.admin)
    assert set(Report.objects.values_list("decision", flat=True)) == {decision.pk}
    for person in (cast.bob, cast.keeper, cast.charlie):
        assert words_of(person, at + MINUTE)[0] == (
            "What you reported is hidden now. Thank you for telling us."
        )


def test_kept_kudos_returns_to_the_walls_and_reporters_are_told(cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.keeper)
    at = times.now()
    decision = actions.decide_reports(thing=kudos, by=cast.admin, hides=False, at=at)
    assert decision
    assert (decision.outcome, on_walls(kudos), verbs()) == ("kept", 1, ["report-kept"])
    assert words_of(cast.keeper, at) == []
    assert words_of(cast.keeper, at + MINUTE) == [
        "What you reported has been read, and it stays. Thank you for telling us."
    ]
    assert told(cast.alice, "thanks_hidden") == []


def test_kept_kudos_of_yesterday_stays_off_the_walls(cast: Cast) -> None:
    at = times.now()
    kudos = given(cast, at=at - dt.timedelta(hours=25))
    report(kudos, cast.keeper, at=at)
    actions.decide_reports(thing=kudos, by=cast.admin, hides=False, at=at)
    assert on_walls(kudos) == 0


def test_what_is_decided_is_not_decided_again(cast: Cast) -> None:
    kudos, at = given(cast), times.now()
    report(kudos, cast.bob)
    assert actions.decide_reports(thing=kudos, by=cast.admin, hides=False, at=at)
    for hides in (True, False):
        assert actions.decide_reports(thing=kudos, by=hr(cast), hides=hides, at=at) is None
    assert verbs() == ["report-kept"]


def test_new_report_after_a_decision_waits_again(cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.bob)
    actions.decide_reports(thing=kudos, by=cast.admin, hides=False, at=times.now())
    report(kudos, cast.keeper)
    [case] = queries.waiting_cases(cast.admin, at=times.now()).items
    assert [one.reporter for one in case.reports] == [cast.keeper]
    assert on_walls(kudos) == 0


# --- undoing and restoring ------------------------------------------------------------------------


def test_slip_is_undone_before_anybody_is_told(cast: Cast) -> None:
    kudos, at = given(cast), times.now()
    made = report(kudos, cast.keeper)
    decision = actions.decide_reports(thing=kudos, by=cast.admin, hides=True, at=at)
    assert decision
    actions.undo_decision(decision=decision, by=cast.admin, at=at + dt.timedelta(seconds=29))
    made.refresh_from_db()
    kudos.refresh_from_db()
    assert (made.decision, kudos.hidden_at, Decision.objects.count()) == (None, None, 0)
    # Still reported, so still off the walls.
    assert (on_walls(kudos), verbs()) == (0, ["kudos-hidden", "kudos-restored"])
    assert queries.feed_page(cast.charlie, at=at + MINUTE).items == [kudos]
    for person in (cast.alice, cast.keeper):
        assert words_of(person, at + MINUTE) == []
    assert told(cast.bob, "kudos_received") == [kudos.key]


def test_keeping_is_undone_as_well(cast: Cast) -> None:
    kudos, at = given(cast), times.now()
    report(kudos, cast.keeper)
    decision = actions.decide_reports(thing=kudos, by=cast.admin, hides=False, at=at)
    assert decision
    actions.undo_decision(decision=decision, by=cast.admin, at=at)
    assert len(queries.waiting_cases(cast.admin, at=at).items) == 1
    assert (on_walls(kudos), verbs()) == (0, ["report-kept", "report-reopened"])


def test_it_is_too_late_to_undo_when_people_are_told(cast: Cast) -> None:
    kudos, at = given(cast), times.now()
    decision = hide(kudos, cast.admin, at=at)
    with pytest.raises(ValidationError, match="Decided"), override("en"):
        actions.undo_decision(decision=decision, by=cast.admin, at=at + actions.UNDO_LASTS)
    kudos.refresh_from_db()
    assert kudos.hidden_at == at


def test_restored_kudos_is_everywhere_again(cast: Cast) -> None:
    at = times.now()
    kudos = given(cast, at=at)
    comment = said(kudos, cast.charlie)
    mails = Delivery.objects.filter(notice__person=cast.bob, notice__source=kudos.key)
    decision = hide(kudos, cast.admin, at=at)
    later = at + dt.timedelta(hours=1)
    assert actions.restore_thing(decision=decision, by=cast.admin, at=later) is True
    assert on_walls(kudos) == 1
    assert queries.feed_page(cast.charlie, at=later).items == [kudos]
    assert told(cast.bob, "kudos_received") == [kudos.key]
    assert told(cast.bob, "kudos_commented") == [comment.key]
    assert [(one.cancelled_at, one.reason) for one in mails] == [(None, "")]
    assert (
        words_of(cast.alice, later)[0] == "A thank-you of yours is shown again. “Takk for hjelpen”"
    )
    assert verbs() == ["kudos-hidden", "kudos-restored"]
    assert actions.restore_thing(decision=decision, by=cast.admin, at=later) is False
    assert len(verbs()) == 2


def test_restored_after_its_day_is_in_feeds_but_on_no_wall(cast: Cast) -> None:
    at = times.now()
    kudos = given(cast, at=at - dt.timedelta(days=20))
    decision = hide(kudos, cast.admin, at=at - dt.timedelta(days=19))
    actions.restore_thing(decision=decision, by=cast.admin, at=at)
    assert on_walls(kudos) == 0
    assert queries.feed_page(cast.charlie, at=at).items == [kudos]


def test_restored_kudos_reaches_the_audience_of_its_day(cast: Cast) -> None:
    """Who moved meanwhile takes no thanks along to another team."""
    at = times.now()
    kudos = given(cast, audience="team", at=at - dt.timedelta(days=5))
    decision = hide(kudos, cast.admin, at=at - dt.timedelta(days=4))
    day = times.local_date(at) - dt.timedelta(days=1)
    factories.Membership.objects.filter(person=cast.bob).update(to_on=day)
    factories.Membership.objects.create(person=cast.bob, unit=cast.partner_team, from_on=day)
    actions.restore_thing(decision=decision, by=cast.admin, at=at)
    [reach] = KudosReach.objects.filter(kudos=kudos)
    assert reach.stream.unit == cast.team


def test_kudos_its_giver_took_back_is_not_restored(cast: Cast) -> None:
    kudos, at = given(cast), times.now()
    decision = hide(kudos, cast.admin)
    actions.withdraw_kudos(kudos=kudos, by=cast.alice, at=at)
    assert actions.restore_thing(decision=decision, by=cast.admin, at=at) is False
    assert queries.feed_page(cast.charlie, at=at).items == []


def test_read_notice_comes_back_without_its_mail(cast: Cast) -> None:
    at = times.now()
    kudos = given(cast, at=at)
    Notice.objects.filter(source=kudos.key).update(read_at=at)
    decision = hide(kudos, cast.admin, at=at)
    actions.restore_thing(decision=decision, by=cast.admin, at=at)
    [mail] = Delivery.objects.filter(notice__person=cast.bob, notice__source=kudos.key)
    assert mail.cancelled_at == at


def test_what_is_deleted_is_counted_by_no_bell(cast: Cast) -> None:
    """Hidden for 30 days, or decided 90 days ago: nothing is left to read of it."""
    at = times.now()
    hidden, kept, other = given(cast), given(cast), given(cast)
    comment = said(other, cast.alice)
    hide(hidden, cast.admin, at=at)
    actions.hide_thing(thing=comment, by=cast.admin, reason="other", at=at)
    report(kept, cast.keeper, at=at)
    actions.decide_reports(thing=kept, by=cast.admin, hides=False, at=at)
    told_of_it = Notice.objects.filter(
        kind__in=("thanks_hidden", "report_decided"), withdrawn_at__isnull=True
    )
    assert told_of_it.count() == 3
    assert actions.purge_kudos(at=at + dt.timedelta(days=30)) == 2
    assert [row.kind for row in told_of_it.all()] == ["report_decided"]
    assert actions.purge_reports(at=at + dt.timedelta(days=90)) == 2
    assert (told_of_it.all().count(), Kudos.objects.count()) == (0, 2)


# --- who may --------------------------------------------------------------------------------------


def moderates(person: Person, thing: Any) -> bool:
    return access.can_moderate(person, thing, at=times.now())


def test_nobody_decides_about_what_they_wrote(cast: Cast) -> None:
    kudos = given(cast, by=cast.admin)
    assert not moderates(cast.admin, kudos)
    # Not even when nobody else could: they can take it back.
    assert not moderates(cast.admin, said(given(cast), cast.admin))
    assert moderates(hr(cast), kudos)


def test_receiver_decides_only_when_nobody_else_could(cast: Cast) -> None:
    kudos = given(cast, to=[cast.admin])
    assert moderates(cast.admin, kudos)
    hr(cast)
    assert not moderates(cast.admin, kudos)


def test_party_is_refused_with_a_reason(cast: Cast) -> None:
    kudos = given(cast, to=[cast.admin])
    hr(cast)
    report(kudos, cast.bob)
    with pytest.raises(PermissionDenied, match="about you"), override("en"):
        access.get_thing_to_decide(cast.admin, kudos.key)
    with pytest.raises(PermissionDenied, match="about you"), override("en"):
        access.get_thing_to_moderate(cast.admin, kudos.key)


def test_moderator_reads_a_private_thank_you_only_when_it_was_reported(cast: Cast) -> None:
    kudos = given(cast, audience="private", wants_wall=False)
    with pytest.raises(Http404):
        access.get_thing_to_moderate(cast.admin, kudos.key)
    report(kudos, cast.bob)
    assert access.get_thing_to_moderate(cast.admin, kudos.key) == kudos


def test_colleague_without_a_role_decides_nothing(cast: Cast) -> None:
    kudos = given(cast)
    report(kudos, cast.bob)
    with pytest.raises(PermissionDenied):
        access.get_thing_to_moderate(cast.charlie, kudos.key)
    with pytest.raises(Http404):
        access.get_thing_to_decide(cast.charlie, kudos.key)


def test_partners_hr_decides_within_its_employer(cast: Cast) -> None:
    partner_hr = hr(cast, employer=cast.partner)
    inside, outside = given(cast, to=[cast.charlie]), given(cast)
    assert (moderates(partner_hr, inside), moderates(partner_hr, outside)) == (True, False)
    report(inside, cast.keeper)
    report(outside, cast.keeper)
    at = times.now()
    assert [case.thing for case in queries.waiting_cases(partner_hr, at=at).items] == [inside]
    assert [case.thing for case in queries.waiting_cases(cast.admin, at=at).items] == [
        inside,
        outside,
    ]


def test_leaver_is_where_they_stood_last(cast: Cast) -> None:
    manager = factories.make_person("Tor", "Leder", unit=cast.department)
    factories.give_role(manager, RoleAssignment.Role.SITE_MANAGER, site=cast.trondheim)
    kudos = given(cast)
    day = times.today()
    Person.objects.filter(pk=cast.bob.pk).update(left_on=day)
    factories.Membership.objects.filter(person=cast.bob).update(to_on=day)
    assert moderates(manager, kudos)


def test_role_that_ended_decides_nothing(cast: Cast) -> None:
    kudos = given(cast)
    RoleAssignment.objects.filter(person=cast.admin).update(to_at=times.now())
    assert not moderates(cast.admin, kudos)
