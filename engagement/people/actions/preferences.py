"""What people decide about themselves."""

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.people.actions.audit import record
from engagement.people.actions.common import explained, locked
from engagement.people.actions.employment import BATCH, change_person
from engagement.people.models import Person


@transaction.atomic
def choose_wall(*, person: Person, choice: str, by: Person, at: dt.datetime) -> Person:
    """Where walls may show the person: ``any``, ``team`` or ``never``. Nobody chooses for others."""
    if by.pk != person.pk:
        raise PermissionDenied
    choose_walls(choices=[(person, choice)], at=at)
    person.wall_choice = choice
    return person


@transaction.atomic
def choose_walls(*, choices: Sequence[tuple[Person, str]], at: dt.datetime) -> None:
    """Records many people's own choices at once, as they are taken over from elsewhere."""
    if not all(choice in Person.WallChoice.values for _person, choice in choices):
        raise ValidationError({"wall_choice": _("Choose one of the three.")})
    wanted = {person.pk: choice for person, choice in choices}
    people = locked([person for person, _choice in choices])
    for person in people:
        person.wall_choice = wanted[person.pk]
    Person.objects.bulk_update(people, ["wall_choice"], batch_size=BATCH)


@transaction.atomic
def choose_thanks(
    *,
    person: Person,
    keeps_private: bool,
    by_partners: bool,
    milestones: bool,
    by: Person,
    at: dt.datetime,
) -> Person:
    """How the person wants to be thanked: new thank-yous for their eyes only, from people of other
    employers too, and whether years of service are celebrated."""
    if by.pk != person.pk:
        raise PermissionDenied
    [current] = locked([person])
    for one in (current, person):
        one.keeps_thanks_private = keeps_private
        one.is_thanked_by_partners = by_partners
        one.celebrates_milestones = milestones
    current.save(
        update_fields=["keeps_thanks_private", "is_thanked_by_partners", "celebrates_milestones"]
    )
    return current


@transaction.atomic
def choose_language(*, person: Person, language: str, by: Person, at: dt.datetime) -> Person:
    """``nb`` or ``en``, for pages and messages."""
    if by.pk != person.pk:
        raise PermissionDenied
    if language not in Person.Language.values:
        raise ValidationError({"language": _("Choose Norwegian or English.")})
    [current] = locked([person])
    current.language = language
    current.save(update_fields=["language"])
    person.language = language
    return current


@transaction.atomic
def choose_sign_in(
    *, person: Person, password: str, email: str = "", by: Person, at: dt.datetime
) -> Person:
    """The person's own password, and an e-mail address when the roster gave none.

    An address from the roster is not replaced here: it is the employer's to change.
    """
    if by.pk != person.pk:
        raise PermissionDenied
    [current] = locked([person])
    if email and not current.email:
        current = change_person(person=current, email=email, by=by, at=at)
    if not current.email:
        raise ValidationError({"email": _("A password works together with an e-mail address.")})
    try:
        validate_password(password, user=current)
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error
    current.set_password(password)
    with explained(Person):
        current.save(update_fields=["password"])
    record(verb="sign-in-chosen", by=by, at=at, subject=current)
    person.password, person.email = current.password, current.email
    return current
