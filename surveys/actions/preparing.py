"""From launched to ready: keys for every cell, the manifest, and its copy in the ballot box."""

import datetime as dt

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least

from surveys import box
from surveys.manifests import write_manifest
from surveys.models import Cell, Survey
from surveys.protocol.blind import generate_key, modulus_of

log = structlog.get_logger(__name__)
PAGE_CHANGED = 422
_MOST_ATTEMPTS = 9_999


def prepare_surveys(*, at: dt.datetime) -> int:
    """Prepares what was launched; how many became ready. What fails is tried again next time."""
    done = 0
    for survey in Survey.objects.due_to_prepare().order_by("pk"):
        try:
            prepare_survey(survey=survey, at=at)
            done += 1
        except Exception as error:
            note_problem(survey, error)
    return done


def prepare_survey(*, survey: Survey, at: dt.datetime) -> None:
    """Each step is kept when it is done: a killed worker is followed by one that goes on.

    :raises box.BoxProblem: when the ballot box is away or refuses.
    """
    # In an order of our own: hands that work on the same survey share its cells.
    for cell in survey.cells.filter(signing_key__isnull=True).order_by("?"):
        make_key(cell)
    _keep_manifest(survey)
    survey.refresh_from_db()
    assert survey.manifest is not None
    try:
        box.put_survey(survey.key, bytes(survey.manifest))
    except box.BoxProblem as problem:
        if problem.status == PAGE_CHANGED:
            # The box was upgraded in between; nobody has seen the manifest yet.
            Survey.objects.filter(pk=survey.pk, prepared_at=None).update(manifest=None)
        raise
    Survey.objects.filter(pk=survey.pk, prepared_at=None, cancelled_at=None).update(
        prepared_at=at, last_problem=""
    )


def make_key(cell: Cell) -> None:
    """An RSA key for ``cell``, unless another worker was faster."""
    if not Cell.objects.filter(pk=cell.pk, signing_key=None).exists():
        return
    key = generate_key()
    Cell.objects.filter(pk=cell.pk, signing_key=None).update(
        signing_key=key, modulus=modulus_of(key)
    )


def _keep_manifest(survey: Survey) -> None:
    if survey.manifest is not None:
        return
    page = box.page_sha256()
    with transaction.atomic():
        locked = Survey.objects.select_for_update().get(pk=survey.pk)
        if locked.manifest is None:
            locked.manifest = write_manifest(locked, page_sha256=page)
            locked.save(update_fields=["manifest"])


def note_problem(survey: Survey, error: Exception) -> None:
    """Keeps the last problem for the page of the survey; logs what nobody expected."""
    if not isinstance(error, box.BoxProblem):
        log.exception("survey_step_failed", survey=survey.key)
    Survey.objects.filter(pk=survey.pk).update(
        # A count that is refused is tried for weeks: the number must not outgrow its column.
        attempt_count=Least(F("attempt_count") + 1, _MOST_ATTEMPTS),
        last_problem=str(error)[:300],
    )
