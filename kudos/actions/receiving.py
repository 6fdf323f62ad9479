"""Taking back, and what those thanked decide: walls, feeds, or private."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import sweep
from engagement.live import actions as live
from engagement.live.models import Celebration
from engagement.notices import actions as notices
from engagement.people import actions as people
from engagement.people.models import Person
from kudos.actions.milestones import show_milestones_again
from kudos.actions.reach import show_again
from kudos.cards import CARD_LIFE
from kudos.models import Kudos, KudosReach, KudosReceiver


@transaction.atomic
def withdraw_kudos(*, kudos: Kudos, by: Person, at: dt.datetime) -> None:
    """Takes a kudos back: from feeds, from walls, and from the outbox while it is on hold."""
    if kudos.giver_id != by.pk:
        raise ValidationError(_("Only the giver can withdraw a thank-you."))
    if not Kudos.objects.filter(pk=kudos.pk, withdrawn_at=None).update(withdrawn_at=at):
        return
    KudosReach.objects.filter(kudos=kudos).delete()
    notices.withdraw_notices(source=kudos.key, at=at)
    live.withdraw_celebrations(sources=[kudos.key], at=at)


@transaction.atomic
def take_off_walls(*, kudos: Kudos, by: Person, at: dt.datetime) -> None:
    """Takes the shout-out off every wall; the kudos stays in the feed."""
    receivers = KudosReceiver.objects.filter(kudos=kudos)
    if kudos.giver_id != by.pk and not receivers.filter(person=by).exists():
        raise ValidationError(_("Only those thanked, and the giver, can take it off the walls."))
    receivers.filter(off_wall_at=None).update(off_wall_at=at)
    live.withdraw_celebrations(sources=[kudos.key], at=at)


@transaction.atomic
def choose_wall(*, by: Person, choice: str, at: dt.datetime) -> None:
    """Sets what of ``by`` walls may show; takes effect on the walls at once.

    The thank-yous and milestones of the last day that waited for the choice appear now.
    """
    people.choose_wall(person=by, choice=choice, by=by, at=at)
    recent = Kudos.objects.standing().filter(
        released_at__isnull=False,
        receivers__person=by,
        receivers__off_wall_at=None,
        wants_wall=True,
        show_from__gt=at - CARD_LIFE,
    )
    by.refresh_from_db(fields=["wall_choice"])
    for kudos in recent.select_related("giver", "value", "from_unit").order_by("show_from"):
        # Drawn anew for all its receivers: the card may name one more, or one less.
        show_again(kudos, at=at)
    show_milestones_again(by=by, at=at)


@transaction.atomic
def keep_private(*, kudos: Kudos, by: Person, is_private: bool, at: dt.datetime) -> None:
    """Keeps what ``by`` was thanked for to themselves and the giver, or lets others read it again."""
    mine = KudosReceiver.objects.select_for_update().filter(kudos=kudos, person=by)
    if not mine.exists():
        raise ValidationError(_("Only those thanked by name decide who may read it."))
    if mine.exclude(is_private=is_private).update(is_private=is_private):
        show_again(kudos, at=at)


def withdraw_leavers_cards(*, at: dt.datetime) -> int:
    """Takes cards that name or come from people who have left off the walls. Returns how many."""
    day = times.local_date(at)
    gone = Person.objects.filter(left_on__lte=day, left_on__gt=day - dt.timedelta(days=3))
    sources = set(
        Kudos.objects.filter(giver__in=gone, show_from__gt=at - CARD_LIFE).values_list(
            "key", flat=True
        )
    ) | set(
        Kudos.objects.filter(receivers__person__in=gone, show_from__gt=at - CARD_LIFE).values_list(
            "key", flat=True
        )
    )
    standing = Celebration.objects.standing().filter(source__in=sources)

    def withdraw(card: Celebration) -> None:
        live.withdraw_celebrations(sources=[card.source], at=at)

    return sweep(standing, withdraw)
