"""Photos on walls: whether one is asked about, and the picture for a screen."""

import datetime as dt

from engagement import times
from events.models import Photo

# So long those on it may answer, and so long it hangs.
ASKED_FOR = dt.timedelta(days=14)
HUNG_FOR = dt.timedelta(hours=24)


def is_wall_open(photo: Photo, *, at: dt.datetime) -> bool:
    """Whether somebody wants it on walls and it hangs, or may come to. No query."""
    if photo.hung_at is not None:
        return at < photo.hung_at + HUNG_FOR
    return photo.wall_asked_at is not None and at < photo.wall_asked_at + ASKED_FOR


def picture_for_wall(source: str, *, at: dt.datetime) -> bytes | None:
    """The picture of the card ``source``, when all on it agree to walls at this moment; else None. One
    query."""
    photos = Photo.objects.on_walls(times.local_date(at))
    kind, _colon, key = source.partition(":")
    if kind != "photo-wall":
        return None
    found = photos.filter(key=key, hung_at__gt=at - HUNG_FOR).values_list("file__full", flat=True)
    picture = found.first()
    return bytes(picture) if picture is not None else None
