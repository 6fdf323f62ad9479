"""Rows that hold from one day to another."""

import datetime as dt
from typing import Any, Self

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func, Q, Value


class OneRowInt8Range(Func):
    """A range that holds one row number: lets a plain GiST index compare it (no btree_gist)."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, '[]')"

    def __init__(self, column: str) -> None:
        super().__init__(F(column), F(column))


def period() -> Func:
    """The days from ``from_on`` up to, without, ``to_on``."""
    return Func(
        F("from_on"), F("to_on"), Value("[)"), function="daterange", output_field=DateRangeField()
    )


class PeriodQuerySet(models.QuerySet[Any]):
    """Words for rows that hold from one date to another."""

    def on(self, day: dt.date) -> Self:
        """Those that held on ``day``."""
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gt=day), from_on__lte=day)
