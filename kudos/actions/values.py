"""The company's values."""

import datetime as dt

from django.db import transaction

from engagement.people import actions as people
from engagement.people.models import Person
from kudos.models import Value


@transaction.atomic
def save_value(*, value: Value, by: Person, at: dt.datetime) -> Value:
    """Creates or changes a company value."""
    value.full_clean()
    value.save()
    people.record(verb="value-saved", by=by, subject=value, at=at, name=value.name_nb)
    return value


@transaction.atomic
def retire_value(*, value: Value, by: Person, at: dt.datetime) -> None:
    """Takes a value out of use; kudos that named it keep it."""
    value.retired_at = at
    value.save(update_fields=["retired_at"])
    people.record(verb="value-retired", by=by, subject=value, at=at, name=value.name_nb)
