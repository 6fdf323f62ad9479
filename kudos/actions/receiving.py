"""Taking back, and what those thanked decide: walls, feeds, or private."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from engagement.live import actions as live
from engagement.notices import actions as notices
from engagement.people import actions as people
from engagement.people.models import Person
from kudos.actions.milestones import show_milestones_again
from kudos.actions.reach import show_again
from kudos.actions.reporting import settle_reports
from kudos.cards import CARD_LIFE
from kudos.models import Kudos, KudosReach, KudosReceiver


@transaction.atomic
def withdraw_kudos(*, kudos: Kudos, by: Person, at: dt.datetime) -> None:
    """Takes a kudos back: from feeds, from walls, and from the outbox while it is on hold."""
    if kudos.giver_id != by.pk:
        raise ValidationError(_("Only the giver can withdraw a thank-you."))
    if not Kudos.objects.filter(pk=kudos.pk, withdrawn_at=None).update(withdrawn_at=at):
        return
    settle_reports(thing=kudos, at=at)
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
        Q(receivers__person=by, receivers__off_wall_at=None) | Q(mentions__person=by),
        released_at__isnull=False,
        wants_wall=True,
        show_from__gt=at - CARD_LIFE,
    )
    by.refresh_from_db(fields=["wall_choice"])
    # All of them at once and in one order, so that two commits never wait for one another.
    held = list(
        Kudos.objects.filter(pk__in=recent.values("pk"))
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    for kudos in sorted(held, key=lambda one: one.show_from):
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
