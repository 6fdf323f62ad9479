"""What the actions of this room share: the lock on a survey, places, and texts without surprises."""

import datetime as dt
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from engagement.people.actions.common import BIDI_CONTROLS, locked
from engagement.people.models import Employer, Site, Unit
from surveys.access import Place
from surveys.models import Survey


def locked_survey(survey: Survey) -> Survey:
    """``survey`` fresh and locked: each state is entered once."""
    [current] = locked([survey])
    return current


def locked_draft(survey: Survey) -> Survey:
    """As `locked_survey`; refused once the structure is frozen."""
    current = locked_survey(survey)
    if current.launched_at is not None or current.cancelled_at is not None:
        raise ValidationError(_("This survey is launched and can no longer be changed."))
    if current.frozen_at is not None:
        raise ValidationError(
            _(
                "The groups of this survey are fixed, and it is being read. Open it again to change it."
            )
        )
    return current


def locked_before_launch(survey: Survey) -> Survey:
    """As `locked_survey`; refused once it is launched."""
    current = locked_survey(survey)
    if current.launched_at is not None or current.cancelled_at is not None:
        raise ValidationError(_("This survey is launched and can no longer be changed."))
    return current


def locked_frozen(survey: Survey) -> Survey:
    """As `locked_before_launch`; refused while the groups are not fixed."""
    current = locked_before_launch(survey)
    if current.frozen_at is None:
        raise ValidationError(_("The groups of this survey are not fixed yet."))
    return current


def clean_text(text: str, *, most: int, field: str) -> str:
    """Paragraphs without control characters and turned reading direction; refused when too long."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        c
        for c in composed
        if c == "\n" or (unicodedata.category(c) not in {"Cc", "Cs"} and c not in BIDI_CONTROLS)
    ).strip()
    if len(kept) > most:
        raise ValidationError(
            {
                field: _("This has %(length)d characters; at most %(most)d fit.")
                % {"length": len(kept), "most": most}
            }
        )
    return kept


def kind_of(place: Place) -> str:
    """``unit``, ``site`` or ``employer``."""
    if isinstance(place, Unit):
        return "unit"
    return "site" if isinstance(place, Site) else "employer"


def is_closed(place: Place, day: dt.date) -> bool:
    """Whether nobody is there any more on ``day``."""
    closed_on = None if isinstance(place, Employer) else place.closed_on
    return closed_on is not None and closed_on <= day
