"""Any roster at all: what is imported once is nothing new the second time."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as some

from engagement import times
from engagement.people.actions.roster import Outcome, import_roster
from engagement.people.models import Person
from tests.people.roster_files import as_csv, as_xlsx

NAMES = some.text(
    some.characters(codec="utf-8", categories=("Lu", "Ll", "Nd", "Zs", "Pd", "Po", "Sm", "So")),
    max_size=30,
)
NUMBERS = some.integers(0, 12).map(str)
TODAY = times.today()
DAYS = some.integers(-400, 400).map(lambda n: (TODAY + dt.timedelta(days=n)).isoformat())
STARTS = some.integers(-400, 30).map(lambda n: (TODAY + dt.timedelta(days=n)).isoformat())
ENDS = some.integers(31, 90).map(lambda n: (TODAY + dt.timedelta(days=n)).isoformat())
PATHS = some.lists(
    some.sampled_from(["Kundeservice", "Nord", "Sør", "Øst"]), min_size=1, max_size=3
)

ROWS = some.fixed_dictionaries(
    {
        "number": NUMBERS,
        "name": some.tuples(some.sampled_from(["Kari", "Ola", "Åse"]), NAMES).map(" ".join),
        "email": some.one_of(some.just(""), NUMBERS.map(lambda n: f"{n}@x.example")),
        "phone": some.sampled_from(["", "12345678", "+47 99 88 77 66"]),
        "employer": some.sampled_from(["Fjordtel", "Nordsvar"]),
        "site": some.sampled_from(["", "Trondheim"]),
        "unit": PATHS.map(" / ".join),
        "title": NAMES,
        "manager": some.sampled_from(["", "", "", "", "", "0", "1"]),
        "role": some.sampled_from(["", "member", "lead", "teamleder, verneombud", "hr"]),
        "start": some.one_of(some.just(""), STARTS),
        "end": some.one_of(some.just(""), some.just(""), ENDS, DAYS),
        "language": some.sampled_from(["", "nb", "English"]),
    }
)
FILES = some.lists(ROWS, min_size=1, max_size=8, unique_by=lambda r: (r["employer"], r["number"]))


def bring_in(content: bytes) -> Outcome:
    return import_roster(
        filename="r", content=content, is_dry_run=False, accepts_leaving=True, at=times.now()
    )


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    database=None,
    # Without shrinking: each step of it is three imports.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(files=some.lists(FILES, min_size=1, max_size=2))
def test_any_roster_twice_is_once(files: list[list[dict[str, str]]]) -> None:
    with transaction.atomic():
        for lines in files:
            before = list(Person.objects.order_by("pk").values())
            first = bring_in(as_csv(lines))
            if first.plan.problems:
                assert list(Person.objects.order_by("pk").values()) == before
                continue
            event("imported" if first.is_applied else "nothing new")
            for again in (as_csv(lines, delimiter=",", encoding="utf-8-sig"), as_xlsx(lines)):
                second = bring_in(again)
                assert second.plan.problems == []
                assert [step.shown for step in second.plan.steps] == []
                assert second.plan.is_empty
        transaction.set_rollback(True)
