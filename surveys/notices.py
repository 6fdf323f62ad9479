"""What people are told about surveys. Who is reminded, and when: `surveys.actions.reminding`."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.notices.kinds import Kind, Parameters, register_kind
from surveys.models import RollEntry, Survey
from surveys.protocol.manifest import manifest_hash, words


def load_opened(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The surveys behind the keys, with their twelve words; None for one that was cancelled."""
    keys = [one["survey"] for one in parameters]
    found = _with_words(Survey.objects.standing().filter(key__in=keys))
    return [found.get(key) for key in keys]


def load_reminder(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The same; None as soon as the reader has collected a ballot, or the survey is not open."""
    told = [(one["survey"], one["reader_id"]) for one in parameters]
    keys = {key for key, _reader in told}
    found = _with_words(Survey.objects.open(times.now()).filter(key__in=keys))
    missing = set(
        RollEntry.objects.filter(
            survey__key__in=keys,
            person_id__in={reader for _key, reader in told},
            is_collected=False,
        ).values_list("survey__key", "person_id")
    )
    return [found.get(one[0]) if one in missing else None for one in told]


def _with_words(surveys: Iterable[Survey]) -> dict[str, Parameters]:
    return {
        survey.key: {"survey": survey, "words": words(manifest_hash(bytes(survey.manifest or b"")))}
        for survey in surveys
    }


SURVEY_OPENED = register_kind(
    Kind(
        key="survey_opened",
        title=_("A survey is open"),
        about=_("When you are asked to answer one."),
        icon="check",
        load=load_opened,
    )
)
SURVEY_REMINDER = register_kind(
    Kind(
        key="survey_reminder",
        title=_("Reminder of a survey"),
        about=_(
            "At announced times, while you have not collected a ballot. Nobody sees who gets it."
        ),
        icon="bell",
        load=load_reminder,
        hides_reader=True,
    )
)
