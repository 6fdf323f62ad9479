"""Hiding an idea, and showing it again. Both stand in the log."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.people.actions.audit import record
from engagement.people.models import Person
from events.actions.ideas import reason_given, settle_idea, tell_of_idea
from events.actions.reporting_ideas import close_reports, reopen_reports
from events.idea_notices import IDEA_DECLINED, IDEA_SHOWN_AGAIN
from events.models import Idea, IdeaHiding, IdeaReport

State = Idea.State


@transaction.atomic
def hide_idea(*, idea: Idea, reason: str, by: Person, at: dt.datetime) -> Idea:
    """Takes it away from everybody but those who decide; logged, with the reason. Twice is once.

    Of who proposed it only who is named is told: a notice to one alone would say who that is. Those
    who reported it are told too. Never one's own: it would decide its reports. Raises PermissionDenied
    for who is known to have proposed it, ValidationError without a reason, and when it was taken back.
    """
    idea = Idea.objects.select_for_update().get(pk=idea.pk)
    if idea.proposer_id == by.pk:
        raise PermissionDenied
    if idea.state == State.HIDDEN:
        return idea
    if idea.state == State.WITHDRAWN:
        raise ValidationError(_("It is gone already. Nobody reads it any more."))
    author = idea.author
    hiding = IdeaHiding.objects.create(
        idea=idea, hidden_at=at, hidden_by=by, reason=reason_given(reason), was_state=idea.state,
        was_settled_at=idea.settled_at, was_settled_by=idea.settled_by, was_reason=idea.reason,
        was_series=idea.series,
    )  # fmt: skip
    idea = settle_idea(idea, State.HIDDEN, by=by, at=at, reason=hiding.reason)
    record(verb="idea-hidden", by=by, at=at, subject=idea, reason=idea.reason)
    if author is not None:
        tell_of_idea(idea, IDEA_DECLINED, [author], source=f"idea-hidden:{hiding.pk}", at=at)
    close_reports(idea, outcome=IdeaReport.Outcome.HIDDEN, at=at)
    return idea


@transaction.atomic
def show_idea_again(*, idea: Idea, by: Person, at: dt.datetime) -> bool:
    """Makes it again what it was before it was hidden; logged. False when it is not hidden.

    Votes, and who wanted to stay unnamed, were forgotten when it was hidden: an open one is voted for
    anew. Its named proposer is told, and those who reported it may do so once more.
    """
    idea = Idea.objects.select_for_update().get(pk=idea.pk)
    if idea.proposer_id == by.pk:
        raise PermissionDenied
    if idea.state != State.HIDDEN:
        return False
    hiding = IdeaHiding.objects.filter(idea=idea, shown_at__isnull=True).first()
    _restore(idea, hiding)
    record(verb="idea-shown", by=by, at=at, subject=idea)
    if hiding is not None:
        hiding.shown_at, hiding.shown_by = at, by
        hiding.save(update_fields=["shown_at", "shown_by"])
    if idea.author is not None:
        source = f"idea-shown:{idea.key}:{at.timestamp():.6f}"
        tell_of_idea(idea, IDEA_SHOWN_AGAIN, [idea.author], source=source, at=at)
    reopen_reports(idea)
    return True


def _restore(idea: Idea, hiding: IdeaHiding | None) -> None:
    """What was hidden before hidings were written down is open again."""
    idea.state = hiding.was_state if hiding else State.OPEN
    idea.settled_at = hiding.was_settled_at if hiding else None
    idea.settled_by = hiding.was_settled_by if hiding else None
    idea.reason = hiding.was_reason if hiding else ""
    idea.series = hiding.was_series if hiding else None
    if idea.is_open:
        idea.vote_count = 0
    idea.full_clean()
    idea.save()
