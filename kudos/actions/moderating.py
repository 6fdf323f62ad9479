"""Hiding, keeping, and showing again. Each act stands in the log, without the words or the reporter."""

import datetime as dt
from collections import Counter

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.live import actions as live
from engagement.notices import actions as notices
from engagement.people import actions as people
from engagement.people.models import Person
from kudos.actions.reach import lock_kudos, show_again
from kudos.actions.reporting import close_reports
from kudos.models import Comment, Decision, Kudos, KudosReach, Reason, Report
from kudos.moderators import Thing, kudos_of
from kudos.notices import THANKS_HIDDEN, THANKS_RESTORED

# So long a slip can be undone before anybody is told.
UNDO_LASTS = dt.timedelta(seconds=30)
KUDOS_VERBS = {"hidden": "kudos-hidden", "restored": "kudos-restored"}
COMMENT_VERBS = {"hidden": "comment-hidden", "restored": "comment-restored"}


@transaction.atomic
def decide_reports(*, thing: Thing, by: Person, hides: bool, at: dt.datetime) -> Decision | None:
    """Hides what was reported, for the reason most reports give, or says that it stays.

    Reporters, and the author of what is hidden, are told half a minute later. Returns None when
    somebody else decided first, or the thing is gone.
    """
    thing = _held(thing)
    reports = _open_reports(thing)
    if not reports or _is_gone(thing):
        return None
    if hides:
        [(reason, _count)] = Counter(report.reason for report in reports).most_common(1)
        return _hide(thing, reports, by=by, reason=reason, at=at)
    decision = _decide(thing, Decision.Outcome.KEPT, by=by, at=at)
    close_reports(reports, decision, show_from=at + UNDO_LASTS, at=at)
    people.record(verb="report-kept", by=by, at=at, subject=thing)
    if isinstance(thing, Kudos):
        show_again(thing, at=at)
    return decision


@transaction.atomic
def hide_thing(*, thing: Thing, by: Person, reason: str, at: dt.datetime) -> Decision | None:
    """Hides a kudos or a comment for ``reason``, reported or not. None when it is gone already."""
    if reason not in Reason.values:
        raise ValidationError({"reason": _("Choose what is wrong.")})
    thing = _held(thing)
    if _is_gone(thing):
        return None
    return _hide(thing, _open_reports(thing), by=by, reason=reason, at=at)


def _hide(
    thing: Thing, reports: list[Report], *, by: Person, reason: str, at: dt.datetime
) -> Decision:
    thing.hidden_at = at
    thing.save(update_fields=["hidden_at"])
    decision = _decide(thing, Decision.Outcome.HIDDEN, by=by, at=at, reason=reason)
    close_reports(reports, decision, show_from=at + UNDO_LASTS, at=at)
    author = thing.author if isinstance(thing, Comment) else thing.giver
    notices.notify(
        people=[author],
        kind=THANKS_HIDDEN,
        source=decision.key,
        context={"decision": decision.key},
        link=reverse("kudos:feed"),
        show_from=at + UNDO_LASTS,
        at=at,
    )
    people.record(verb=_verb(thing, "hidden"), by=by, at=at, subject=thing, reason=reason)
    notices.withdraw_notices(source=_sources(thing), at=at)
    if isinstance(thing, Kudos):
        KudosReach.objects.filter(kudos=thing).delete()
        live.withdraw_celebrations(sources=[thing.key], at=at)
    return decision


@transaction.atomic
def undo_decision(*, decision: Decision, by: Person, at: dt.datetime) -> None:
    """Takes a slip back, before anybody was told: the reports wait again.

    Raises ValidationError when that half minute is over.
    """
    thing = _held(decision.thing)
    current = Decision.objects.filter(pk=decision.pk, undone_at__isnull=True).first()
    if current is None or current.by_id is None:
        return
    if current.at + UNDO_LASTS <= at:
        raise ValidationError(_("It is too late to undo this. You find it under Decided."))
    notices.withdraw_notices(source=current.key, at=at)
    was_hiding = current.is_hiding
    # What was reported waits again: `Report.decision` is emptied.
    current.delete()
    verb = _verb(thing, "restored") if was_hiding else "report-reopened"
    people.record(verb=verb, by=by, at=at, subject=thing)
    if was_hiding:
        _show(thing, hidden_at=current.at, at=at)
    elif isinstance(thing, Kudos):
        live.withdraw_celebrations(sources=[thing.key], at=at)


@transaction.atomic
def restore_thing(*, decision: Decision, by: Person, at: dt.datetime) -> bool:
    """Shows again what ``decision`` hid: in feeds, on walls while its day lasts, in notices.

    Its author is told. False when it is shown already or gone.
    """
    thing = _held(decision.thing)
    hiding = Decision.objects.hiding().filter(pk=decision.pk)
    if thing.withdrawn_at or not hiding.update(undone_at=at, undone_by=by):
        return False
    author = thing.author if isinstance(thing, Comment) else thing.giver
    notices.notify(
        people=[author],
        kind=THANKS_RESTORED,
        source=decision.key,
        context={"decision": decision.key},
        link=reverse("kudos:detail", args=[kudos_of(thing).key]),
        at=at,
    )
    people.record(verb=_verb(thing, "restored"), by=by, at=at, subject=thing)
    _show(thing, hidden_at=decision.at, at=at)
    return True


def _show(thing: Thing, *, hidden_at: dt.datetime, at: dt.datetime) -> None:
    thing.hidden_at = None
    thing.save(update_fields=["hidden_at"])
    notices.restore_notices(source=_sources(thing), withdrawn_at=hidden_at)
    if isinstance(thing, Kudos):
        show_again(thing, at=at)


def _held(thing: Thing) -> Thing:
    """``thing`` as it is now; its kudos is held until the end of the transaction."""
    kudos = lock_kudos(kudos_of(thing))
    if isinstance(thing, Kudos):
        return kudos
    return Comment.objects.select_related("author", "kudos").get(pk=thing.pk)


def _is_gone(thing: Thing) -> bool:
    both = (thing, kudos_of(thing))
    return any(one.withdrawn_at is not None or one.hidden_at is not None for one in both)


def _open_reports(thing: Thing) -> list[Report]:
    waiting = Report.objects.about(thing).filter(decision__isnull=True)
    return list(waiting.select_related("reporter").order_by("created_at", "pk"))


def _decide(
    thing: Thing, outcome: Decision.Outcome, *, by: Person, at: dt.datetime, reason: str = ""
) -> Decision:
    return Decision.objects.create(
        kudos=kudos_of(thing),
        comment=thing if isinstance(thing, Comment) else None,
        outcome=outcome,
        reason=reason,
        by=by,
        at=at,
    )


def _sources(thing: Thing) -> list[str]:
    """What notices of ``thing`` are known by: a kudos takes those of its comments along."""
    if isinstance(thing, Comment):
        return [thing.key]
    said = thing.comments.standing()
    return [thing.key, *said.values_list("key", flat=True)]


def _verb(thing: Thing, act: str) -> str:
    return (COMMENT_VERBS if isinstance(thing, Comment) else KUDOS_VERBS)[act]
