"""What competitions hold of one person."""

from engagement.people.models import Person
from events.models import Competition, Entry, EntryChange, GroupMember, Judge, OptOut


def own_data(person: Person) -> dict[str, list[dict[str, object]]]:
    """What competitions hold of ``person``, for the export of one's own data."""
    made = Competition.objects.filter(organiser=person).order_by("pk")
    entries = Entry.objects.filter(by=person).select_related("competition", "group").order_by("pk")
    amended = EntryChange.objects.filter(by=person).select_related("entry__competition")
    outs = OptOut.objects.filter(person=person).select_related("competition").order_by("pk")
    members = GroupMember.objects.filter(person=person).select_related("competition", "group")
    judged = Judge.objects.filter(person=person).select_related("competition").order_by("pk")
    return {
        "competitions_made": [
            {"competition": one.key, "title": one.title, "made_at": one.created_at.isoformat()}
            for one in made
        ],
        "competition_entries": [
            {
                "competition": one.competition.title,
                "group": one.group.name,
                "way": one.way,
                "value": str(one.value),
                "entered_at": one.entered_at.isoformat(),
                "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
                "before": [str(change.value) for change in one.changes.order_by("until")],
            }
            for one in entries
        ],
        "competition_entries_amended": [
            {
                "competition": one.entry.competition.title,
                "at": one.until.isoformat(),
                "is_strike": one.is_strike,
                "reason": one.reason,
            }
            for one in amended.order_by("pk")
        ],
        "competition_groups": [
            {"competition": one.competition.title, "group": one.group.name}
            for one in members.order_by("pk")
        ],
        "competitions_judged": [one.competition.title for one in judged],  # type: ignore[misc]
        "competitions_left_out": [
            {
                "competition": one.competition.title,
                "from": one.out_at.isoformat(),
                "to": one.back_at.isoformat() if one.back_at else None,
            }
            for one in outs
        ],
    }
