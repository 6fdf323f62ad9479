"""Short words for tests of events that are over."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from engagement.people.models import Person
from events import actions
from events.models import Event, Photo, Sitting
from events.pictures import Picture
from tests.events import factories

PICTURE = Picture(full=b"RIFFfull", small=b"RIFFsmall", width=1200, height=900)
MINUTE = dt.timedelta(minutes=1)


def image_bytes(
    kind: str = "JPEG", size: tuple[int, int] = (64, 48), colour: Any = "orange", **facts: Any
) -> bytes:
    """A drawn picture of one colour."""
    written = io.BytesIO()
    mode = "RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "RGB"
    Image.new(mode, size, colour).save(written, kind, **facts)
    return written.getvalue()


def seat(sitting: Sitting, people: Sequence[Person], *, came: bool = True) -> None:
    """Gives each of ``people`` a place, beyond what the sitting holds."""
    sitting.capacity = None
    sitting.save(update_fields=["capacity"])
    for person in people:
        came_at = sitting.starts_at if came else None
        factories.make_signup(sitting, person, came_at=came_at)


def add(event: Event, by: Person, *people: Person, at: dt.datetime, **facts: Any) -> Photo:
    given: dict[str, Any] = {"picture": PICTURE, "alt": "Fire vafler", "has_named_all": True}
    return actions.add_photo(event=event, by=by, people=people, at=at, **(given | facts))
