"""Ten thousand random rules beside an independent implementation (npm rrule), and their moments over
the clock changes beside another (npm ical.js).

Every rule is compared; where the two differ, `REASONS` says why RFC 5545 is on our side, and how many
such rules there are is written down too.
"""

import datetime as dt
import random
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Any

from events import recurrence
from events.recurrence import FREQUENCIES, WEEKDAYS, Rule
from tests.events.series import oracle

RULES = 10_000
MOST = 20
YEARS = dt.timedelta(days=4 * 366)
SEED = 1


def some(dice: random.Random, pool: list[int], most: int) -> str:
    return ",".join(map(str, dice.sample(pool, dice.randint(1, most))))


def signed(most: int) -> list[int]:
    return [number for number in range(-most, most + 1) if number]


def random_rule(dice: random.Random, start: dt.date) -> str:
    """A rule that RFC 5545 allows, with every part it has for days."""
    frequency = dice.choices(FREQUENCIES, [2, 4, 4, 3])[0]
    is_yearly = frequency == "YEARLY"
    parts = [f"FREQ={frequency}"]
    if dice.random() < 0.5:
        parts.append(f"INTERVAL={dice.choice([1, 2, 2, 3, 4, 5, 7, 13])}")
    if dice.random() < 0.25:
        parts.append("BYMONTH=" + some(dice, list(range(1, 13)), 4))
    if frequency != "WEEKLY" and dice.random() < 0.35:
        parts.append("BYMONTHDAY=" + some(dice, signed(31), 4))
    if is_yearly and dice.random() < 0.15:
        parts.append("BYYEARDAY=" + some(dice, signed(366), 4))
    has_weeks = is_yearly and dice.random() < 0.15
    if has_weeks:
        parts.append("BYWEEKNO=" + some(dice, signed(53), 3))
    if dice.random() < 0.6:
        named = dice.sample(WEEKDAYS, dice.randint(1, 3))
        if frequency in ("MONTHLY", "YEARLY") and not has_weeks and dice.random() < 0.6:
            numbers = [1, 2, 3, 4, 5, -1, -2] + ([20, -20, 53] if is_yearly else [])
            named = [f"{dice.choice(numbers)}{one}" for one in named]
        parts.append("BYDAY=" + ",".join(named))
    if any(part.startswith("BY") for part in parts) and dice.random() < 0.2:
        parts.append("BYSETPOS=" + some(dice, [1, 2, 3, -1, -2], 2))
    if dice.random() < 0.3:
        parts.append(f"WKST={dice.choice(WEEKDAYS)}")
    ends = dice.random()
    if ends < 0.25:
        parts.append(f"COUNT={dice.randint(1, 40)}")
    elif ends < 0.5:
        parts.append(f"UNTIL={start + dt.timedelta(days=dice.randint(0, 1400)):%Y%m%d}")
    return ";".join(parts)


def number_of(day: dt.date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def make_case(dice: random.Random) -> tuple[dict[str, Any], Rule, list[dt.date]]:
    start = dt.date(2020, 1, 1) + dt.timedelta(days=dice.randrange(3650))
    # Half past two, in the hour that is left out in March and comes twice in October, most of all.
    clock = (dice.choice([0, 1, 2, 2, 2, 3, 9, 12, 23]), dice.choice([0, 30]))
    text, last = random_rule(dice, start), start + YEARS
    rule = recurrence.parse(text)
    assert recurrence.parse(str(rule)) == rule
    found = list(islice(recurrence.days(rule, start, start, last), MOST))
    case = {"rule": text, "start": number_of(start), "last": number_of(last), "most": MOST}
    return case | {"clock": clock}, rule, found


def reason_for(rule: Rule, start: dt.date) -> str | None:
    """Why rrule may say something else; None where it must not."""
    if rule.positions and rule.frequency == "WEEKLY" and start.weekday() != rule.week_start:
        return "first week"
    if len(rule.positions) > 1:
        return "twice"
    if any(place < -1 for place in rule.positions):
        return "before the set"
    if rule.weeks and not rule.days and not rule.month_days and not rule.year_days:
        return "week without weekday"
    if any(week < -51 for week in rule.weeks):
        return "first week from the end"
    return None


REASONS = {
    "first week": "BYSETPOS counts within the set of a whole period. rrule lets its first week begin "
    "on the first day of the rule, though it lets its first month begin on the 1st.",
    "twice": "BYSETPOS=1,-1 of a set with one day is that day once: a recurrence set holds nothing "
    "twice. rrule gives it twice, which shortens COUNT as well.",
    "before the set": "BYSETPOS=-2 of a set with one day is no day. rrule gives that one day.",
    "week without weekday": "What a rule does not say is taken from its first day (3.3.10), so "
    "BYWEEKNO=20 is one weekday of week 20. rrule gives all seven.",
    "first week from the end": "BYWEEKNO=-53 is the first week of a year that has 53, also those of "
    "its days that lie in December. rrule counts those for BYWEEKNO=1 only.",
}
# 3.3.5: a time that does not exist counts with the offset before the gap, one that is there twice is
# the first. ical.js takes the offset after the change for both.
CHANGE = (dt.time(2), dt.time(3))


def moment_by_others(day: dt.date, clock: dt.time, moment: int) -> int:
    """What ical.js makes of ``moment``, ours."""
    is_change = day.month in (3, 10) and day.day > 24 and day.weekday() == 6
    if is_change and CHANGE[0] <= clock < CHANGE[1]:
        return moment - 3600 if day.month == 3 else moment + 3600
    return moment


def test_rules_give_the_days_and_moments_that_others_say() -> None:
    dice = random.Random(SEED)
    made = [make_case(dice) for _ in range(RULES)]
    # A rule that never gives a day makes rrule walk to the year 9999: these are counted, and
    # `test_recurrence` has the like of them.
    asked = [one for one in made if one[2] or gives_a_day(one)]
    answers = oracle.ask([case for case, _rule, _found in asked])
    differing: Counter[str] = Counter()
    changes = 0
    for (case, rule, found), (days, moments) in zip(asked, answers, strict=True):
        clock = dt.time(*case["clock"])
        if [number_of(day) for day in found] != days:
            reason = reason_for(rule, start_of(case))
            assert reason is not None, (case, found, days)
            differing[reason] += 1
            continue
        for day, moment in zip(found, moments, strict=True):
            ours = int(recurrence.moments(day, clock, dt.time(23, 59), None)[0].timestamp())
            assert moment == moment_by_others(day, clock, ours), (case, day)
            changes += moment != ours
    assert set(differing) <= set(REASONS)
    assert (len(made) - len(asked), dict(differing), changes) == EXPECTED


# Rules without any day; rules over which we differ, by reason; days whose moment is in the hour of a
# change. The seed is fixed: another number here is a change of ours.
EXPECTED = (
    1038,
    {
        "first week": 105,
        "twice": 119,
        "before the set": 5,
        "week without weekday": 54,
        "first week from the end": 1,
    },
    235,
)


def start_of(case: dict[str, Any]) -> dt.date:
    year, rest = divmod(case["start"], 10000)
    return dt.date(year, *divmod(rest, 100))


def gives_a_day(one: tuple[dict[str, Any], Rule, list[dt.date]]) -> bool:
    """Whether its days go on giving, were there no UNTIL."""
    rule, start = replace(one[1], until=None), start_of(one[0])
    days = recurrence.days(rule, start, start, start + recurrence.LOOKED_AT)
    return next(days, None) is not None
