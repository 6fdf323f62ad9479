"""Instruments: those that come with the product, and an organisation's own."""

import copy
import datetime as dt
from collections.abc import Iterable
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.people.actions import record
from engagement.people.actions.common import explained, locked, saved
from engagement.people.models import Person
from surveys.instruments import BadInstrument, Content, parse, shipped_documents
from surveys.instruments.parse import KEY, LONGEST_KEY, Problem
from surveys.models import Instrument, InstrumentVersion, SurveyInstrument
from surveys.protocol.encoding import strict_json

log = structlog.get_logger(__name__)

MOST_FILE_BYTES = 256 * 1024
MOST_PROBLEMS_TOLD = 20

PROBLEM_WORDS = {
    "not_an_object": gettext_lazy("is not an object ({…})"),
    "not_a_list": gettext_lazy("is not a list ([…])"),
    "not_a_text": gettext_lazy("is not a text"),
    "not_a_number": gettext_lazy("is not a whole number"),
    "not_yes_or_no": gettext_lazy("must be true or false"),
    "missing": gettext_lazy("is missing"),
    "unknown_field": gettext_lazy("is not a field that belongs here"),
    "language_missing": gettext_lazy("is missing in this language"),
    "empty": gettext_lazy("is empty"),
    "too_long": gettext_lazy("is %(length)d characters long; at most %(most)d fit"),
    "odd_characters": gettext_lazy("has characters that cannot be seen"),
    "spaces_around": gettext_lazy("begins or ends with a space"),
    "bad_key": gettext_lazy(
        "may have a to z, 0 to 9 and _ only, begins with a letter, and has %(most)d characters at "
        "most"
    ),
    "bad_version": gettext_lazy("must be a whole number from 1"),
    "duplicate": gettext_lazy("stands twice"),
    "too_many": gettext_lazy("are %(count)d; at most %(most)d fit"),
    "none": gettext_lazy("is empty: an instrument needs at least one"),
    "unknown_kind": gettext_lazy("must be “scale” or “text”"),
    "unknown_scale": gettext_lazy("names no scale of this file"),
    "scale_on_text": gettext_lazy("must be null: an open question has no scale"),
    "reversed_on_text": gettext_lazy("must be false: an open question cannot be reversed"),
    "unknown_driver": gettext_lazy("names no driver of this file"),
    "unknown_factor": gettext_lazy("is not one of the four factors of § 4-3"),
    "too_few_points": gettext_lazy("has %(count)d points; a scale has 2 to 11"),
    "too_many_points": gettext_lazy("has %(count)d points; a scale has 2 to 11"),
    "points_not_rising": gettext_lazy("must rise from point to point"),
    "anchor_count": gettext_lazy("has %(count)d anchors for %(points)d points"),
    "no_end_anchors": gettext_lazy("must name at least the first and the last point"),
    "unknown_method": gettext_lazy("must be “%(wanted)s”"),
    "min_answered_too_high": gettext_lazy(
        "asks for %(count)d answers; there are %(items)d items on a scale"
    ),
    "min_answered_too_low": gettext_lazy("must be 1 at least"),
    "scales_differ": gettext_lazy("cannot take the mean over items on different scales"),
}


@transaction.atomic
def load_shipped_instruments(*, at: dt.datetime) -> int:
    """Brings the instruments of the product's own files in, and returns how many versions are new.

    Again and again is harmless. A file that is gone takes its instrument along; one that has been
    asked is only retired, because results hang on it.
    """
    documents = shipped_documents()
    made = sum(_load(parse(document), document, at=at) for document in documents)
    gone = Instrument.objects.filter(is_shipped=True).exclude(
        key__in=[document["key"] for document in documents]
    )
    for instrument in gone:
        if (
            instrument.versions.filter(first_asked_at__isnull=False).exists()
            or SurveyInstrument.objects.filter(version__instrument=instrument).exists()
            or instrument.plans.exists()
        ):
            Instrument.objects.filter(pk=instrument.pk, retired_at=None).update(retired_at=at)
        else:
            instrument.delete()
    return made


def _load(content: Content, document: dict[str, Any], *, at: dt.datetime) -> bool:
    """Whether a version was added."""
    instrument, _is_new = Instrument.objects.get_or_create(
        key=content.key, defaults={"is_shipped": True, "created_at": at}
    )
    if not instrument.is_shipped:
        log.warning("shipped_instrument_shadowed", instrument=content.key)
        return False
    version, is_new = InstrumentVersion.objects.get_or_create(
        instrument=instrument,
        number=content.version,
        defaults={"content": document, "created_at": at},
    )
    if is_new or version.content == document:
        return is_new
    if version.first_asked_at is None:
        version.content = document
        version.save(update_fields=["content"])
    else:
        # The file was changed without a new number: what was asked stands.
        log.warning("asked_version_kept", instrument=content.key, version=content.version)
    return False


@transaction.atomic
def create_instrument(
    *, document: dict[str, Any], by: Person, at: dt.datetime
) -> InstrumentVersion:
    """A new instrument of one's own; its first version has the number 1."""
    content = read_document(document | {"version": 1})
    _refuse_taken_items(content)
    if Instrument.objects.filter(key=content.key).exists():
        raise ValidationError(
            {"key": _("There is an instrument called “%(key)s” already.") % {"key": content.key}}
        )
    with explained(Instrument):
        instrument = saved(Instrument(key=content.key, created_at=at, created_by=by))
    version = _add_version(instrument, document | {"version": 1}, by=by, at=at)
    record(verb="instrument-created", by=by, at=at, subject=instrument, name=instrument.key)
    return version


@transaction.atomic
def create_version(
    *, instrument: Instrument, document: dict[str, Any], by: Person, at: dt.datetime
) -> InstrumentVersion:
    """The next wording of an instrument of one's own. Earlier versions stay as they are."""
    [current] = locked([instrument])
    _refuse_shipped(current)
    number = _last_number(current) + 1
    document = document | {"key": current.key, "version": number}
    _refuse_taken_items(read_document(document), besides=current)
    version = _add_version(current, document, by=by, at=at)
    record(
        verb="instrument-version-created", by=by, at=at, subject=current, name=current.key,
        number=number,
    )  # fmt: skip
    return version


@transaction.atomic
def change_version(
    *, version: InstrumentVersion, document: dict[str, Any], by: Person, at: dt.datetime
) -> InstrumentVersion:
    """Mends a version that was never asked. One that was is refused: create the next."""
    [instrument] = locked([version.instrument])
    _refuse_shipped(instrument)
    [current] = locked([version])
    if current.first_asked_at is not None:
        raise ValidationError(
            _("Version %(number)d has been asked and stays as it is. Create the next version.")
            % {"number": current.number}
        )
    document = document | {"key": instrument.key, "version": current.number}
    _refuse_taken_items(read_document(document), besides=instrument)
    current.content = document
    # Its writer may be gone by now; nothing else of it is looked at again.
    current.save(update_fields=["content"])
    record(
        verb="instrument-version-changed", by=by, at=at, subject=instrument, name=instrument.key,
        number=current.number,
    )  # fmt: skip
    return current


@transaction.atomic
def copy_instrument(
    *, instrument: Instrument, key: str, by: Person, at: dt.datetime
) -> InstrumentVersion:
    """A copy of the newest version under a key of its own, to change at will.

    Its items get keys of their own too: their numbers must never mix with the original's.
    """
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        words = PROBLEM_WORDS["bad_key"] % {"most": LONGEST_KEY}
        raise ValidationError({"key": _("The key %(problem)s.") % {"problem": words}})
    newest = instrument.versions.order_by("-number").first()
    if newest is None:
        raise ValidationError(_("This instrument has no version yet."))
    document = copy.deepcopy(newest.content)
    document["key"] = key
    document["title"] = {
        "nb": _cut(f"{document['title']['nb']} (kopi)", 120),
        "en": _cut(f"{document['title']['en']} (copy)", 120),
    }
    for number, item in enumerate(document["items"], start=1):
        item["key"] = f"{key}.{number}"
    return create_instrument(document=document, by=by, at=at)


@transaction.atomic
def import_instrument_file(*, content: bytes, by: Person, at: dt.datetime) -> InstrumentVersion:
    """The instrument in a JSON file: a new one, or the next version of one of our own.

    The same file again is the same version. Raises ValidationError with what to mend.
    """
    if len(content) > MOST_FILE_BYTES:
        raise ValidationError(
            _("The file has %(size)d kB; at most %(most)d fit.")
            % {"size": len(content) // 1024 + 1, "most": MOST_FILE_BYTES // 1024}
        )
    try:
        document = strict_json(content.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise ValidationError(
            _("This is not an instrument file (JSON in UTF-8): %(reason)s.") % {"reason": error}
        ) from error
    read = read_document(document)
    instrument = Instrument.objects.filter(key=read.key).first()
    if instrument is None:
        return create_instrument(document=document, by=by, at=at)
    newest = instrument.versions.order_by("-number").first()
    if newest is not None and newest.content == document | {"version": newest.number}:
        return newest
    return create_version(instrument=instrument, document=document, by=by, at=at)


@transaction.atomic
def retire_instrument(*, instrument: Instrument, by: Person, at: dt.datetime) -> None:
    """Takes it out of use for new surveys; those that ask it keep it."""
    if Instrument.objects.filter(pk=instrument.pk, retired_at=None).update(retired_at=at):
        record(verb="instrument-retired", by=by, at=at, subject=instrument, name=instrument.key)


def read_document(document: Any) -> Content:
    """As `surveys.instruments.parse`, saying what is wrong to the person who wrote it."""
    try:
        return parse(document)
    except BadInstrument as refused:
        raise ValidationError(list(_told(refused.problems))) from refused


def _told(problems: list[Problem]) -> Iterable[str]:
    for one in problems[:MOST_PROBLEMS_TOLD]:
        reason = str(PROBLEM_WORDS[one.reason]) % dict(one.facts)
        yield f"{one.path or _('The file')}: {reason}."
    if len(problems) > MOST_PROBLEMS_TOLD:
        yield _("… and %(count)d more.") % {"count": len(problems) - MOST_PROBLEMS_TOLD}


def _refuse_shipped(instrument: Instrument) -> None:
    if instrument.is_shipped:
        raise ValidationError(
            _("This instrument came with Vaffel and is not changed. Copy it and change the copy.")
        )


def _refuse_taken_items(content: Content, *, besides: Instrument | None = None) -> None:
    """An item's key belongs to one instrument: by it numbers of several surveys are compared."""
    wanted = {item.key for item in content.items}
    others = InstrumentVersion.objects.exclude(instrument=besides).select_related("instrument")
    for other in others:
        taken = sorted(wanted & {item["key"] for item in other.content["items"]})
        if taken:
            raise ValidationError(
                _("The item key %(key)s belongs to the instrument “%(instrument)s”.")
                % {"key": taken[0], "instrument": other.instrument.key}
            )


def _add_version(
    instrument: Instrument, document: dict[str, Any], *, by: Person, at: dt.datetime
) -> InstrumentVersion:
    return saved(
        InstrumentVersion(
            instrument=instrument,
            number=document["version"],
            content=document,
            created_at=at,
            created_by=by,
        )
    )


def _last_number(instrument: Instrument) -> int:
    newest = instrument.versions.order_by("-number").first()
    return newest.number if newest else 0


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
