"""What customers say: its arrival, what leads decide about it, and its end."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.models import Person
from engagement.people.receivers import Receiver
from engagement.text import clean_line
from kudos.actions.giving import give_kudos
from kudos.actions.receiving import withdraw_kudos
from kudos.models import PRAISE_LENGTH, Kudos, Praise, PraiseRule, Value
from kudos.praise_circle import praise_circle_of
from kudos.praise_rules import WEEK, first_against
from kudos.queries.praise import AtHand
from kudos.scrubbing import find_personal_data

OLDEST = dt.timedelta(days=30)
# Clocks of other systems may be a little ahead.
AHEAD = dt.timedelta(minutes=10)
UNHANDLED_KEPT = dt.timedelta(days=30)
APPROVED_KEPT = dt.timedelta(days=30)
PUT_AWAY_KEPT = dt.timedelta(days=14)
PURGE_BATCH = 1000


@dataclass(frozen=True)
class PraiseFacts:
    """One text as another system sends it."""

    source: str
    external_id: str
    text: str
    agent: Person | None = None
    language: str = ""
    topic: str = ""
    score: float | None = None
    happened_at: dt.datetime | None = None


class Arrival(NamedTuple):
    """What came of sending: the stored one, and whether it is a new one."""

    praise: Praise
    is_new: bool


class OtherText(Exception):
    """The source has sent something else under the same id before."""


@transaction.atomic
def receive_praise(
    *, facts: PraiseFacts, at: dt.datetime, at_hand: AtHand | None = None
) -> Arrival:
    """Stores what a customer said, finds personal data in it, and lets the rules decide.

    Of many that arrive together each takes ``at_hand``, with all their agents. The same source and external id again is the one already stored. Raises OtherText, and
    ValidationError that names the field.
    """
    text = clean_text(facts.text)
    _check(facts, text, at)
    if earlier := _earlier(facts, text):
        return Arrival(earlier, is_new=False)
    at_hand = at_hand or AtHand([facts.agent], day=times.local_date(at))
    names = at_hand.colleagues_of(facts.agent)
    praise = Praise(
        source=facts.source,
        external_id=facts.external_id,
        text=text,
        language=facts.language,
        agent=facts.agent,
        topic=clean_line(facts.topic),
        score=facts.score,
        happened_at=facts.happened_at,
        received_at=at,
        flags=[span._asdict() for span in find_personal_data(text, colleagues=names)],
    )
    rules = at_hand.rules
    against = first_against(rules, praise, kept_this_week=_kept_this_week(rules, praise, at))
    if against:
        praise.set_aside_at, praise.set_aside_reason = at, against.facts
    try:
        with transaction.atomic():
            praise.save()
    except IntegrityError:
        # The same request at the same moment: the other one has it.
        if earlier := _earlier(facts, text):
            return Arrival(earlier, is_new=False)
        raise
    return Arrival(praise, is_new=True)


def clean_text(raw: str) -> str:
    """``raw`` in lines without invisible characters, and no empty ones."""
    return "\n".join(line for line in map(clean_line, raw.splitlines()) if line)


def _check(facts: PraiseFacts, text: str, at: dt.datetime) -> None:
    problems: dict[str, str] = {}
    if not text:
        problems["text"] = _("The text is empty.")
    elif len(text) > PRAISE_LENGTH:
        problems["text"] = _("The text has more than %(limit)d characters.") % {
            "limit": PRAISE_LENGTH
        }
    happened = facts.happened_at
    if happened and not at - OLDEST <= happened <= at + AHEAD:
        problems["happened_at"] = _("Not within the last 30 days.")
    if problems:
        raise ValidationError(problems)


def _earlier(facts: PraiseFacts, text: str) -> Praise | None:
    found = Praise.objects.filter(source=facts.source, external_id=facts.external_id)
    earlier = found.select_related("agent").first()
    if earlier and (earlier.text, earlier.agent) != (text, facts.agent):
        raise OtherText
    return earlier


def _kept_this_week(rules: Sequence[PraiseRule], praise: Praise, at: dt.datetime) -> int:
    if praise.agent is None or not any(rule.kind == PraiseRule.Kind.WEEKLY for rule in rules):
        return 0
    # Two at the same moment wait for one another, so that the number holds.
    Person.objects.select_for_update(no_key=True).get(pk=praise.agent.pk)
    kept = Praise.objects.filter(
        agent=praise.agent, received_at__gt=at - WEEK, set_aside_at__isnull=True
    )
    return kept.count()


@transaction.atomic
def approve_praise(
    *,
    praise: Praise,
    by: Person,
    message: str,
    value: Value | None,
    audience: str,
    wants_wall: bool,
    at: dt.datetime,
    to: Receiver | None = None,
    hold: dt.timedelta | None = None,
) -> Kudos:
    """Passes ``message`` on to the agent as a kudos from a customer; ``by`` answers for its words.

    ``to`` is who is thanked where the sender named no agent. Once only, however many press at
    once. Raises ValidationError that says what to do.
    """
    praise = _locked(praise, by)
    if praise.is_handled:
        raise ValidationError(_("Somebody else was quicker: this one has been handled."))
    receiver = praise.agent or to
    if receiver is None:
        raise ValidationError({"to": _("Choose at least one person or team to thank.")})
    kudos = give_kudos(
        by=by,
        to=[receiver],
        message=message,
        value=value,
        audience=audience,
        wants_wall=wants_wall,
        is_from_customer=True,
        hold=hold,
        at=at,
    )
    if isinstance(receiver, Person):
        praise.agent = receiver
    praise.approved_at, praise.approved_by, praise.kudos = at, by, kudos
    praise.save(update_fields=["agent", "approved_at", "approved_by", "kudos"])
    return kudos


@transaction.atomic
def dismiss_praise(*, praises: Sequence[Praise], by: Person, at: dt.datetime) -> list[Praise]:
    """Puts ``praises`` away for good, after 14 days. Returns those that nobody had handled."""
    open_ones = Praise.objects.unhandled().filter(pk__in=[praise.pk for praise in praises])
    put_away = list(open_ones.select_for_update(of=("self",)).order_by("pk"))
    _require_right(put_away, by)
    Praise.objects.filter(pk__in=[praise.pk for praise in put_away]).update(
        dismissed_at=at, dismissed_by=by
    )
    return put_away


@transaction.atomic
def reopen_praise(*, praises: Sequence[Praise], by: Person, at: dt.datetime) -> int:
    """Puts ``praises`` back to wait: those dismissed, set aside by a rule, or passed on by ``by``.

    What was passed on is taken back from everybody. Returns how many wait again.
    """
    rows = Praise.objects.select_for_update(of=("self",)).select_related("kudos")
    closed = list(rows.filter(pk__in=[praise.pk for praise in praises]).order_by("pk"))
    _require_right(closed, by)
    reopened = 0
    for praise in closed:
        if praise.kudos is not None:
            if praise.approved_by_id != by.pk:
                continue
            withdraw_kudos(kudos=praise.kudos, by=by, at=at)
        praise.approved_at = praise.approved_by = praise.kudos = None
        praise.dismissed_at = praise.dismissed_by = None
        praise.set_aside_at, praise.set_aside_reason = None, {}
        praise.save()
        reopened += 1
    return reopened


def _locked(praise: Praise, by: Person) -> Praise:
    rows = Praise.objects.select_for_update(of=("self",)).select_related("agent")
    locked = rows.filter(pk=praise.pk).first()
    if locked is None:
        raise ValidationError(_("It has been deleted meanwhile."))
    _require_right([locked], by)
    return locked


def _require_right(praises: Sequence[Praise], by: Person) -> None:
    """The last door, for callers that did not come through `access`: never one's own praise."""
    circle = praise_circle_of(by, day=times.today())
    mine = None if circle.is_everybody else set(circle.agent_ids())
    for praise in praises:
        if praise.agent_id == by.pk or (mine is not None and praise.agent_id not in mine):
            raise ValidationError(_("Somebody above you checks this one."))


def purge_praise(*, at: dt.datetime) -> int:
    """Deletes what waited for 30 days, what was set aside or dismissed 14 days ago, what was passed
    on 30 days ago (the kudos stays), and all but that of those who have left. Returns how many."""
    left = Q(agent__left_on__lte=times.local_date(at), approved_at__isnull=True)
    old = Praise.objects.filter(
        left
        | Q(received_at__lte=at - UNHANDLED_KEPT, approved_at__isnull=True)
        | Q(set_aside_at__lte=at - PUT_AWAY_KEPT, approved_at__isnull=True)
        | Q(dismissed_at__lte=at - PUT_AWAY_KEPT)
        | Q(approved_at__lte=at - APPROVED_KEPT)
    )
    purged = 0
    while batch := list(old.order_by("pk").values_list("pk", flat=True)[:PURGE_BATCH]):
        Praise.objects.filter(pk__in=batch).delete()
        purged += len(batch)
    return purged
