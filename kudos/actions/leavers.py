"""What becomes of thanks when people leave: off the walls at once, in feeds as HR has chosen."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import ring, sweep
from engagement.live.models import Celebration
from engagement.people import actions as people
from engagement.people.models import Person
from kudos.actions.reach import SHOUT_OUT, recast
from kudos.models import Kudos, KudosPolicy, KudosQuerySet, KudosReceiver, Mention

BATCH = 1000
# A name, because tasks stand above actions.
APPLY_POLICY = "kudos.tasks.apply_leavers_policy"


def withdraw_leavers_cards(*, at: dt.datetime) -> int:
    """Takes cards that name people who have left off the walls. Returns how many kudos had such.

    It looks at the cards that hang now, so that it makes no difference when somebody left or when
    that became known. Others who are thanked with them stay, on a card of their own.
    """
    day = times.local_date(at)
    hanging = Celebration.objects.current(at).filter(kind=SHOUT_OUT).values("source")
    thanked = KudosReceiver.objects.of_leavers(day).filter(off_wall_at__isnull=True)
    named = Mention.objects.filter(comment__isnull=True, person__left_on__lte=day)
    leaving = Kudos.objects.filter(
        Q(giver__left_on__lte=day, from_unit__isnull=True, is_from_customer=False)
        | Exists(thanked.filter(kudos=OuterRef("pk")))
        | Exists(named.filter(kudos=OuterRef("pk"))),
        key__in=hanging,
    )

    def recast_without(kudos: Kudos) -> None:
        thanked.filter(kudos=kudos).update(off_wall_at=at)
        recast(kudos, at=at)

    return sweep(leaving.select_related("giver", "value", "from_unit"), recast_without)


def apply_leavers_policy(*, at: dt.datetime) -> int:
    """Takes leavers' thanks out of feeds, or brings them back: as HR has chosen, and when somebody
    returns. Returns for how many that was new.

    Out go those that a leaver gave, and those that thank leavers only.
    """
    policy = KudosPolicy.objects.first() or KudosPolicy()
    goes = Q(pk__in=[])
    if policy.leavers == KudosPolicy.Leavers.GONE:
        day = times.local_date(at) - dt.timedelta(days=policy.gone_after_days)
        of_it = KudosReceiver.objects.filter(kudos=OuterRef("pk"))
        gone = of_it.of_leavers(day)
        here = of_it.exclude(pk__in=KudosReceiver.objects.of_leavers(day).values("pk"))
        goes = Q(giver__left_on__lte=day, from_unit__isnull=True, is_from_customer=False) | (
            Q(Exists(gone)) & ~Q(Exists(here))
        )
    inside, outside = (Kudos.objects.filter(left_feeds_at__isnull=one) for one in (True, False))
    return _set(inside.filter(goes), at) + _set(outside.exclude(goes), None)


def _set(kudos: KudosQuerySet, left_feeds_at: dt.datetime | None) -> int:
    done = 0
    while batch := list(kudos.values_list("pk", flat=True)[:BATCH]):
        done += Kudos.objects.filter(pk__in=batch).update(left_feeds_at=left_feeds_at)
    return done


@transaction.atomic
def save_policy(*, leavers: str, gone_after_days: int, by: Person, at: dt.datetime) -> KudosPolicy:
    """Chooses what becomes of leavers' thanks in feeds; it takes effect within a minute."""
    policy = KudosPolicy(pk=1, leavers=leavers, gone_after_days=gone_after_days, changed_at=at)
    if not 0 <= gone_after_days <= KudosPolicy.DAYS_MOST:
        problem = _("Choose 0 to %(most)d days.") % {"most": KudosPolicy.DAYS_MOST}
        raise ValidationError({"gone_after_days": problem})
    policy.full_clean(validate_unique=False)
    policy.save()
    facts = {"days": gone_after_days} if leavers == KudosPolicy.Leavers.GONE else {}
    people.record(
        verb="leavers-policy-set", by=by, at=at, subject="kudos-policy", choice=leavers, **facts
    )
    ring(APPLY_POLICY)
    return policy
