"""The demo's year: filled once, with a day of its own next week."""

import datetime as dt
import random

import pytest

from engagement import times
from engagement.demo import organisation, themes
from engagement.themes.calendar import theme_for
from engagement.themes.models import ThemeDay
from engagement.themes.seeds import SEEDS
from tests.factories import make_person

# A Thursday, and the day from which the next week's is 29 February.
TIMES = [dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC), dt.datetime(2028, 2, 23, 11, tzinfo=dt.UTC)]


@pytest.mark.parametrize("at", TIMES)
def test_demo_has_its_year_planned_and_a_day_ahead(db: None, at: dt.datetime) -> None:
    organisation.found(scale=60, at=at, dice=random.Random(60))
    for _ in range(2):
        themes.fill(at=at)
    assert ThemeDay.objects.exclude(seed="").count() == len(SEEDS)
    own = ThemeDay.objects.get(name_nb=themes.OWN)
    span = own.when.in_year(at.year)
    assert span
    ahead = (span.first - times.local_date(at)).days
    assert ahead in (themes.DAYS_AHEAD, themes.DAYS_AHEAD + 1)
    theme = theme_for(make_person("Nora", "Ny"), at + dt.timedelta(days=ahead))
    assert theme
    assert theme.key == own.key
    assert [site.name for site in ThemeDay.objects.get(month=2, day=16).sites.all()] == ["Vilnius"]


def test_what_is_changed_in_the_demo_stays_so(db: None) -> None:
    at = TIMES[0]
    organisation.found(scale=60, at=at, dice=random.Random(60))
    themes.fill(at=at)
    ThemeDay.objects.filter(seed="pride").update(is_on=False)
    themes.fill(at=at)
    assert not ThemeDay.objects.get(seed="pride").is_on
