"""About how many have read an announcement: told so that nobody can be worked out, whatever else one
knows. Blurred by a lot and in steps, as docs/decisions/0096 says.
"""

import math
from collections.abc import Collection

from django.utils.translation import gettext as _

from engagement.blurring import blurred, share_told, steps_of
from engagement.blurring import step_of as share_step_of

# How many days after it was published it is counted; never in between, and never again.
DAYS = (1, 3, 7)
# Of fewer people a number says too much about each of them.
FEWEST = 5
# From so many people on the tens are told, below the shares of `engagement.blurring`.
TENS = 50


def step_of(readers: Collection[int], people: Collection[int], *, of: str) -> int:
    """The step that the number of ``readers`` among ``people`` (row numbers) is in, moved up or down
    by a lot.

    The lot is that of exactly these, for ``of``: asking again tells nothing more.
    """
    count = blurred(readers, people, of=of)
    size = len(people)
    if size >= TENS:
        return min(max((count + 5) // 10, 1), _last_ten(size))
    return share_step_of(count, size)


def _last_ten(people: int) -> int:
    return (people - 1) // 10


def bounds_of(step: int, people: int) -> tuple[int, int]:
    """From how many to how many the step tells of; the outermost are open."""
    if people >= TENS:
        least, most, last = step * 10 - 5, step * 10 + 4, _last_ten(people)
        return (0 if step == 1 else least), (people if step == last else most)
    steps = steps_of(people)
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
    return share_told(step, people)
