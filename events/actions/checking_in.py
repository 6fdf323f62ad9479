"""Saying that one is here."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from engagement.people.models import Person
from events.actions.guarding import hold_and_check
from events.checkin import is_open
from events.models import SignUp, Sitting


@transaction.atomic
def check_in(*, sitting: Sitting, by: Person, at: dt.datetime) -> SignUp:
    """Notes that ``by`` has come to ``sitting``; twice is once, and the first time stays.

    Whoever is offered a place takes it. Whoever has none gets a free one, also after sign-up has
    closed: an empty chair helps nobody. Raises ValidationError before the doors open, when the
    sitting is over or called off, when it is full, when too many of the team are away already, and for
    a place at another time of the day.
    """
    # The caller has seen that they are invited.
    if not SignUp.objects.holding().filter(sitting=sitting, person=by).exists():
        hold_and_check(person=by, sitting=sitting, at=at)
    held = Sitting.objects.select_for_update(of=("self",)).select_related("event")
    sitting = held.get(pk=sitting.pk)
    if not is_open(sitting, at):
        raise ValidationError(_("You can check in from half an hour before it starts, to its end."))
    mine = SignUp.objects.live().filter(event=sitting.event_id, person=by)
    rows = list(mine.select_for_update(of=("self",)).order_by("pk"))
    here = [row for row in rows if row.sitting_id == sitting.pk]
    if not any(row.state == SignUp.State.PLACED for row in here):
        here = [_take_place(sitting, rows, by=by, at=at)]
    for row in here:
        if row.state == SignUp.State.PLACED and row.came_at is None:
            row.came_at = at
            row.save(update_fields=["came_at"])
    return next(row for row in here if row.came_at is not None)


def _take_place(sitting: Sitting, rows: list[SignUp], *, by: Person, at: dt.datetime) -> SignUp:
    """``by``'s place as a guest, theirs from now on. The sitting's row is held."""
    guest = next((row for row in rows if row.job_id is None), None)
    if guest is not None and guest.sitting_id != sitting.pk:
        if guest.state != SignUp.State.WAITING:
            raise ValidationError(
                _("You have a place at another time. Leave that one first, then scan again.")
            )
        # They wait for another sitting of the day, and are here.
        guest.state, guest.left_at = SignUp.State.LEFT, at
        guest.save(update_fields=["state", "left_at"])
        guest = None
    is_offered = guest is not None and guest.state == SignUp.State.OFFERED
    if not is_offered and sitting.free_count == 0:
        raise ValidationError(
            _("All places are taken. If a chair stays empty, ask the one who serves.")
        )
    place = guest or SignUp(event_id=sitting.event_id, sitting=sitting, person=by, asked_at=at)
    place.state, place.placed_at = SignUp.State.PLACED, at
    place.full_clean()
    place.save()
    if not is_offered:
        Sitting.objects.filter(pk=sitting.pk).update(taken_count=F("taken_count") + 1)
    return place
