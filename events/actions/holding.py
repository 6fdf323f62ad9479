"""Holding a sitting while it is decided who has a place.

Everybody locks in this order: sitting, by row number where there are two; job; sign-up.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from events.models import Job, SignUp, SignUpQuerySet, Sitting

# How long leaving can be undone. Until then the place is kept from the queue.
UNDO_LASTS = dt.timedelta(seconds=settings.SHOUTOUT_HOLD_SECONDS + 2)

# Django has no words for it.
SHARED = "SELECT * FROM {} WHERE id = %s FOR SHARE"


@dataclass(frozen=True)
class Held:
    """A sitting, and perhaps a job at it, whose rows this transaction holds."""

    sitting: Sitting
    job: Job | None

    @property
    def counted(self) -> Sitting | Job:
        """What counts the places that are meant."""
        return self.job or self.sitting

    @property
    def has_room(self) -> bool:
        counted = self.counted
        return counted.capacity is None or counted.taken_count < counted.capacity

    @property
    def signups(self) -> SignUpQuerySet:
        return SignUp.objects.filter(sitting=self.sitting, job=self.job)

    def has_line(self) -> bool:
        return self.signups.filter(state=SignUp.State.WAITING).exists()

    def has_room_for_the_line(self, at: dt.datetime) -> bool:
        """Without the places whose people have just left and may still undo that."""
        counted = self.counted
        if counted.capacity is None:
            return True
        just_left = self.signups.filter(
            state=SignUp.State.LEFT, left_at__gt=at - UNDO_LASTS, placed_at__isnull=False
        )
        return counted.taken_count + just_left.count() < counted.capacity

    def take(self) -> None:
        """Counts one place more; the database refuses one too many."""
        self._count(1)

    def free(self) -> None:
        self._count(-1)

    def _count(self, change: int) -> None:
        counted = self.counted
        counted.taken_count += change
        counted.save(update_fields=["taken_count"])


def hold(sitting_id: int, job_id: int | None = None) -> Held:
    """Locks the rows. Call it in a transaction, before anything is decided."""
    sitting = Sitting.objects.select_for_update().get(pk=sitting_id)
    job = Job.objects.select_for_update().get(pk=job_id, sitting=sitting) if job_id else None
    return Held(sitting, job)


def hold_shared(sitting_id: int, job_id: int | None = None) -> Held:
    """Keeps what is counted as it is, while others may look at it in the same way.

    Enough for whoever only goes to the end of a queue: hundreds do so at once, and none of them waits
    for another. Nothing may be counted then.
    """
    sitting = Sitting.objects.raw(SHARED.format(Sitting._meta.db_table), [sitting_id])[0]
    job = Job.objects.raw(SHARED.format(Job._meta.db_table), [job_id])[0] if job_id else None
    return Held(sitting, job)


def hold_both(first_id: int, second_id: int) -> tuple[Held, Held]:
    """Two sittings, locked by row number, given back as they were asked for."""
    held = {pk: hold(pk) for pk in sorted({first_id, second_id})}
    return held[first_id], held[second_id]


def hold_signup(signup: SignUp) -> SignUp:
    """``signup`` as it is now, locked; the row of its sitting is held already."""
    return SignUp.objects.select_for_update().get(pk=signup.pk)
