"""Finding where a rule of coverage is broken, and telling those who may do something about it."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.urls import reverse

from engagement import times
from engagement.notices.actions import notify
from engagement.people.models import Person
from engagement.people.tree import Tree
from events.models import CoverageBreach
from events.notices import COVERAGE_BROKEN
from events.queries.breaches import breaches_ahead, those_to_tell

# Of two looks at it all the older would take away what the newer has found and told.
WATCH_LOCK = 7_203_011


def watch_coverage(*, at: dt.datetime) -> int:
    """Tells those who manage a site of what is broken there within two weeks and was not told yet: one
    notice each, whatever was changed meanwhile. Nobody loses a place. Returns how many were told.

    The whole state is looked at, not what was changed: files, programs, usual shifts, rules, teams and
    sittings may all break a rule, and all may mend it. What was mended and breaks again is told again.
    Two clocks at once look one after the other.
    """
    tree = _note_breaches(at=at)
    return _tell_breaches(tree, at=at)


@transaction.atomic
def _note_breaches(*, at: dt.datetime) -> Tree:
    """Writes down what is broken and nothing else; returns the units that were looked at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WATCH_LOCK])
    tree = Tree.on(times.local_date(at))
    found = {(one.unit_id, one.sitting_id): one for one in breaches_ahead(tree, at)}
    standing = {(one.unit_id, one.sitting_id): one for one in CoverageBreach.objects.all()}
    mended = [row.pk for place, row in standing.items() if place not in found]
    CoverageBreach.objects.filter(pk__in=mended).delete()
    moved = []
    for place, row in standing.items():
        one = found.pop(place, None)
        if one and (row.starts_at, row.ends_at) != (one.starts_at, one.ends_at):
            row.starts_at, row.ends_at = one.starts_at, one.ends_at
            moved.append(row)
    CoverageBreach.objects.bulk_update(moved, ["starts_at", "ends_at"], batch_size=500)
    CoverageBreach.objects.bulk_create(
        [CoverageBreach(**one._asdict()) for one in found.values()], batch_size=500
    )
    return tree


@transaction.atomic
def _tell_breaches(tree: Tree, *, at: dt.datetime) -> int:
    untold = CoverageBreach.objects.filter(told_at=None).select_for_update(skip_locked=True)
    breaches = list(untold.order_by("starts_at", "pk"))
    if not breaches:
        return 0
    told = those_to_tell({one.unit_id for one in breaches}, tree=tree, at=at)
    each: dict[Person, list[CoverageBreach]] = {}
    for one in breaches:
        for person in told.get(one.unit_id, []):
            each.setdefault(person, []).append(one)
    for person, theirs in each.items():
        notify(
            people=[person],
            kind=COVERAGE_BROKEN,
            source=f"{COVERAGE_BROKEN.key}:{theirs[0].key}",
            link=_link(theirs, tree),
            context={"breaches": [one.key for one in theirs]},
            at=at,
        )
    CoverageBreach.objects.filter(pk__in=[one.pk for one in breaches]).update(told_at=at)
    return len(each)


def _link(breaches: Sequence[CoverageBreach], tree: Tree) -> str:
    """The load on the first day: that of the team, or of all of them where there are several."""
    unit = tree.nodes[breaches[0].unit_id].unit
    site = tree.site_of(unit.pk)
    day = times.local_date(breaches[0].starts_at, site.timezone if site else None)
    if len({one.unit_id for one in breaches}) > 1:
        return f"{reverse('events:coverage')}?day={day}"
    return f"{reverse('events:coverage-unit', args=[unit.key])}?day={day}"
