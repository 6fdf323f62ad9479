"""About how many have read an announcement: told so that nobody can be worked out, whatever else one
knows. Blurred by a lot and in steps, as docs/decisions/0096 says.
"""

import math
from collections.abc import Collection

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

# How many days after it was published it is counted; never in between, and never again.
DAYS = (1, 3, 7)
# Of fewer people a number says too much about each of them.
FEWEST = 5
# A lot of one further from nothing is so many times less likely. So whether one person has read it
# or not changes how likely anything told is by this factor at most.
ODDS = 3
# From so many people on there are so many steps; from TENS on the tens are told.
SHARES = ((20, 4), (10, 3), (0, 2))
TENS = 50


def step_of(readers: Collection[int], people: Collection[int], *, of: str) -> int:
    """The step that the number of ``readers`` among ``people`` (row numbers) is in, moved up or down
    by a lot.

    The lot is that of exactly these, for ``of``: asking again tells nothing more.
    """
    count = len(readers) + _lot(f"{of}:{_written(people)}:{_written(readers)}")
    size = len(people)
    if size >= TENS:
        return min(max((count + 5) // 10, 1), _last_ten(size))
    steps = _steps(size)
    return min(max(count * steps // size, 0), steps - 1)


def _steps(people: int) -> int:
    return next(steps for least, steps in SHARES if people >= least)


def _last_ten(people: int) -> int:
    return (people - 1) // 10


def _written(numbers: Collection[int]) -> str:
    return ",".join(str(number) for number in sorted(numbers))


def _lot(text: str) -> int:
    """0 most often, and each further number ODDS times less often, up and down alike."""
    digest = salted_hmac("events.read_counts", text, algorithm="sha256").digest()
    up, down = (int.from_bytes(half) for half in (digest[:16], digest[16:]))
    return _geometric(up) - _geometric(down)


def _geometric(number: int) -> int:
    return math.floor(-math.log((number + 1) / 2**128, ODDS))


def bounds_of(step: int, people: int) -> tuple[int, int]:
    """From how many to how many the step tells of; the outermost are open."""
    if people >= TENS:
        least, most, last = step * 10 - 5, step * 10 + 4, _last_ten(people)
        return (0 if step == 1 else least), (people if step == last else most)
    steps = _steps(people)
    least, beyond = (math.ceil(one * people / steps) for one in (step, step + 1))
    return least, (people if step == steps - 1 else beyond - 1)


def in_words(step: int, people: int) -> str:
    """The step in words, without the number of all."""
    least, most = bounds_of(step, people)
    if people >= TENS:
        if least == 0:
            return _("%(most)d or fewer") % {"most": most}
        if most == people:
            return _("%(least)d or more") % {"least": least}
        return _("About %(number)d") % {"number": step * 10}
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
    return words[_steps(people)][step]
