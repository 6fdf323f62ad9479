"""What people are told about surveys. Reminders are not here: see `surveys.actions.reminding`."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement.notices.kinds import Kind, Parameters, register_kind
from surveys.models import Survey
from surveys.protocol.manifest import manifest_hash, words


def load_opened(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The surveys behind the keys, with their twelve words; None for one that was cancelled."""
    keys = [one["survey"] for one in parameters]
    found = {
        survey.key: {"survey": survey, "words": words(manifest_hash(bytes(survey.manifest or b"")))}
        for survey in Survey.objects.standing().filter(key__in=keys)
    }
    return [found.get(key) for key in keys]


SURVEY_OPENED = register_kind(
    Kind(key="survey_opened", title=_("A survey is open"), icon="check", load=load_opened)
)
