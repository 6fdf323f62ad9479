"""How many of a group: told so that nobody can be worked out, whatever else one knows.

Blurred by a lot, and in steps. See docs/decisions/0076 and 0096.
"""

import math
from array import array
from collections.abc import Collection

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

# A lot of one further from nothing is so many times less likely. So whether one person is counted
# or not changes how likely anything told is by this factor at most.
ODDS = 3
# From so many people on there are so many steps, each of them wide enough for several counts.
STEPS = ((20, 4), (10, 3), (0, 2))


def blurred(counted: Collection[int], people: Collection[int], *, of: str) -> int:
    """How many of ``people`` are ``counted`` (row numbers), moved up or down by a lot.

    The lot is that of exactly these people and these counted ones, for ``of``: looking again, or from
    another page, tells nothing more; one counted more or less draws a new one.
    """
    exactly = b"".join([of.encode(), _written(people), _written(counted)])
    return len(counted) + _lot(exactly)


def _written(numbers: Collection[int]) -> bytes:
    """Two different groups are never written alike: how many, then each in eight bytes."""
    return array("q", [len(numbers), *sorted(numbers)]).tobytes()


def _lot(of: bytes) -> int:
    """0 most often, and each further number ODDS times less often, up and down alike."""
    digest = salted_hmac("engagement.blurring", of, algorithm="sha256").digest()
    up, down = (int.from_bytes(half) for half in (digest[:16], digest[16:]))
    return _geometric(up) - _geometric(down)


def _geometric(number: int) -> int:
    return math.floor(-math.log((number + 1) / 2**128, ODDS))


def steps_of(people: int) -> int:
    return next(steps for least, steps in STEPS if people >= least)


def step_of(count: int, people: int) -> int:
    """The step of 0 to ``steps_of(people) - 1`` that a blurred ``count`` is in; ends are wide open."""
    steps = steps_of(people)
    return min(max(count * steps // people, 0), steps - 1)


def share_told(step: int, people: int) -> str:
    """The step in words."""
    words = {
        2: (_("About half or fewer"), _("About half or more")),
        3: (_("About a third or fewer"), _("About half"), _("About two thirds or more")),
        4: (
            _("About a quarter or fewer"),
            _("Between a quarter and a half"),
            _("Between a half and three quarters"),
            _("About three quarters or more"),
        ),
    }
    return words[steps_of(people)][step]
