"""Making and changing a competition."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.people import actions as people
from engagement.people.models import Person
from events.actions.competition_rules import LONGEST, cleaned, refuse_wrong, wrong_words
from events.competition_facts import CompetitionFacts, GroupFacts
from events.lots import new_seed
from events.models import Competition, Group, GroupKind, GroupMember, Judge, Round
from events.queries.competing_choices import version_of


@transaction.atomic
def create_competition(*, facts: CompetitionFacts, by: Person, at: dt.datetime) -> Competition:
    """A competition with its groups and rounds; the clock starts it.

    Raises ValidationError that names each part that is wrong and what to do: ``title``,
    ``description``, ``emblem``, ``unit_word``, ``ways``, ``judges``, ``groups``, ``rounds``,
    ``tie_rule``, ``limits``.
    """
    facts = cleaned(facts)
    refuse_wrong(facts, by=by, at=at)
    competition = Competition(organiser=by, created_at=at, tie_seed=new_seed())
    _write(competition, facts)
    people.record(
        verb="competition-created", by=by, at=at, subject=competition, title=competition.title
    )
    return competition


@transaction.atomic
def change_competition(
    *,
    competition: Competition,
    facts: CompetitionFacts,
    by: Person,
    at: dt.datetime,
    version: str | None = None,
) -> Competition:
    """Before it starts all of it; from then on only its words and a later end.

    ``version`` is what a planner's page had seen; None: whatever it was. Raises ValidationError as
    `create_competition` does, for what cannot change any more, and when somebody else has changed it.
    """
    held = lock(competition)
    refuse_over(held, at=at)
    if version is not None and version != version_of(held):
        raise ValidationError(
            _(
                "Somebody else changed this meanwhile. What you wrote is still here: look at the "
                "competition as it is now, then save again."
            ),
            code="stale",
        )
    facts = cleaned(facts)
    if held.starts_at > at:
        were_in = set(held.members.values_list("person", flat=True))
        refuse_wrong(facts, by=by, at=at, was_for_everybody=held.is_for_everybody, were_in=were_in)
        _write(held, facts)
    else:
        _change_running(held, facts)
    people.record(verb="competition-changed", by=by, at=at, subject=held, title=held.title)
    return held


def _change_running(held: Competition, facts: CompetitionFacts) -> None:
    problems = dict(wrong_words(facts))
    last = held.rounds.order_by("-number").first()
    ends_at = max((until for _start, until in facts.rounds), default=held.ends_at)
    if ends_at < held.ends_at:
        problems["rounds"] = _("It runs already. It can end later, not earlier.")
    elif ends_at > held.starts_at + LONGEST:
        problems["rounds"] = _("A competition lasts at most a year.")
    if problems:
        raise ValidationError(problems)
    assert last is not None
    held.title, held.description, held.emblem = facts.title, facts.description, facts.emblem
    held.ends_at = last.ends_at = ends_at
    held.save(update_fields=["title", "description", "emblem", "ends_at"])
    last.save(update_fields=["ends_at"])


def lock(competition: Competition) -> Competition:
    """Its row, as it is now; entries wait until the transaction is over."""
    rows = Competition.objects.select_for_update(of=("self",))
    return rows.select_related("for_site", "for_unit", "organiser").get(pk=competition.pk)


def refuse_over(held: Competition, *, at: dt.datetime) -> None:
    """Raises ValidationError for what cannot be changed any more."""
    if held.cancelled_at is not None:
        raise ValidationError(_("It is cancelled. Make a new one."), code="cancelled")
    if held.is_over(at):
        raise ValidationError(_("It is over. Make a new one."), code="over")


# --- writing --------------------------------------------------------------------------------------


def _write(competition: Competition, facts: CompetitionFacts) -> None:
    for name in (
        "title", "description", "emblem", "unit_word", "kind", "by_people", "by_judge", "by_api",
        "tie_rule", "most_per_entry", "most_per_day", "is_joined_freely", "for_site", "for_unit",
        "is_for_everybody", "shows_on_walls",
    ):  # fmt: skip
        setattr(competition, name, getattr(facts, name))
    competition.starts_at, competition.ends_at = facts.rounds[0][0], facts.rounds[-1][1]
    competition.full_clean(exclude=["organiser", "for_site", "for_unit"])
    competition.save()
    if _same_groups(competition, facts.groups):
        _write_members(competition, facts.groups)
    else:
        competition.groups.all().delete()
        Group.objects.bulk_create(
            Group(
                competition=competition, number=number, name=one.called, unit=one.unit,
                site=one.site,
            )
            for number, one in enumerate(facts.groups)
        )  # fmt: skip
        _write_members(competition, facts.groups)
    competition.rounds.all().delete()
    Round.objects.bulk_create(
        Round(competition=competition, number=number, starts_at=starts_at, ends_at=ends_at)
        for number, (starts_at, ends_at) in enumerate(facts.rounds, 1)
    )
    competition.judges.all().delete()
    Judge.objects.bulk_create(
        Judge(competition=competition, person=person) for person in facts.judges
    )


def _same_groups(competition: Competition, groups: Sequence[GroupFacts]) -> bool:
    """Whether they are those that are there: then whoever has joined one stays in it."""
    there = list(competition.groups.order_by("number").values_list("name", "unit", "site"))
    return there == [
        (one.called, one.unit.pk if one.unit else None, one.site.pk if one.site else None)
        for one in groups
    ]


def _write_members(competition: Competition, groups: Sequence[GroupFacts]) -> None:
    if competition.kind != GroupKind.MIXED or competition.is_joined_freely:
        return
    competition.members.all().delete()
    there = competition.groups.order_by("number")
    GroupMember.objects.bulk_create(
        GroupMember(competition=competition, group=group, person=person)
        for group, one in zip(there, groups, strict=True)
        for person in one.members
    )
