"""Representatives read the plan before launch, and make and keep the counting key."""

import datetime as dt

from cryptography.hazmat.primitives.asymmetric import x25519
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.people.access import roles_of
from engagement.people.actions import record
from engagement.people.models import Person
from surveys.access import REPRESENTATIVES, can_review, can_witness
from surveys.actions.common import clean_text, locked_before_launch, locked_frozen
from surveys.models import Review, Survey

KEY_BYTES = 32
LONGEST_REMARK = 1000


@transaction.atomic
def confirm_review(*, survey: Survey, by: Person, remark: str = "", at: dt.datetime) -> Review:
    """A safety delegate or union representative has read the fixed plan. Again only renews it."""
    current = locked_frozen(survey)
    if not can_review(by, current):
        raise ValidationError(
            _("Only a safety delegate or union representative for everybody asked can confirm.")
        )
    review = _review_of(current, by)
    review.remark = clean_text(remark, most=LONGEST_REMARK, field="remark")
    review.confirmed_at = at
    review.save()
    if current.reviewed_at is None:
        current.reviewed_at = at
        current.save(update_fields=["reviewed_at"])
    record(
        verb="survey-confirmed", by=by, at=at, subject=current, name=current.title_nb,
        role=review.role, has_remark=bool(review.remark),
    )  # fmt: skip
    return review


@transaction.atomic
def set_counting_key(*, survey: Survey, by: Person, public: bytes, at: dt.datetime) -> Survey:
    """Keeps the public half of the key that ``by`` made in their browser; of a witnessed survey.

    Another key instead of one that was there takes back every confirmation and every check: what
    was read is no longer what will be launched.
    """
    current = locked_before_launch(survey)
    if not can_witness(by, current):
        raise ValidationError(
            _("Only a safety delegate or union representative for everybody asked holds the key.")
        )
    _refuse_weak(public)
    before = bytes(current.counting_key) if current.counting_key is not None else None
    if before is not None and before != public:
        current.reviews.update(confirmed_at=None, key_checked_at=None, is_witness=False)
        current.reviewed_at = None
    current.counting_key = public
    current.save(update_fields=["counting_key", "reviewed_at"])
    review = _review_of(current, by)
    review.is_witness, review.key_checked_at = True, at
    review.save()
    if before != public:
        record(
            verb="counting-key-set", by=by, at=at, subject=current, name=current.title_nb,
            key=public.hex(), replaced=before is not None,
        )  # fmt: skip
    return current


@transaction.atomic
def note_key_checked(*, survey: Survey, by: Person, at: dt.datetime) -> Review:
    """The browser of ``by`` has opened their copy of the key file, and it fits the public key."""
    current = locked_before_launch(survey)
    if not can_witness(by, current):
        raise ValidationError(
            _("Only a safety delegate or union representative for everybody asked holds the key.")
        )
    if current.counting_key is None:
        raise ValidationError(_("There is no counting key yet."))
    review = _review_of(current, by)
    review.is_witness, review.key_checked_at = True, at
    review.save()
    record(
        verb="counting-key-checked", by=by, at=at, subject=current, name=current.title_nb,
        role=review.role,
    )  # fmt: skip
    return review


@transaction.atomic
def set_counting_key_sealed(*, survey: Survey, public: bytes, at: dt.datetime) -> Survey:
    """Keeps the public half of the key that the counting process made; the same again is nothing."""
    current = locked_before_launch(survey)
    if current.level != Survey.Level.SEALED:
        raise ValidationError(_("Representatives hold the key of this survey."))
    _refuse_weak(public)
    before = bytes(current.counting_key) if current.counting_key is not None else None
    if before == public:
        return current
    if before is not None:
        current.reviews.update(confirmed_at=None)
        current.reviewed_at = None
    current.counting_key = public
    current.save(update_fields=["counting_key", "reviewed_at"])
    record(
        verb="counting-key-set", by=None, at=at, subject=current, name=current.title_nb,
        key=public.hex(), replaced=before is not None,
    )  # fmt: skip
    return current


def _refuse_weak(public: bytes) -> None:
    """A point of low order would seal every ballot to a secret that everybody knows."""
    try:
        if len(public) != KEY_BYTES:
            raise ValueError("wrong length")
        probe = x25519.X25519PrivateKey.generate()
        probe.exchange(x25519.X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise ValidationError(_("This is not a counting key.")) from error


def _review_of(survey: Survey, person: Person) -> Review:
    found = Review.objects.filter(survey=survey, person_id=person.pk).first()
    role = next(one.role for one in roles_of(person) if one.role in REPRESENTATIVES)
    return found or Review(survey=survey, person_id=person.pk, role=role)
