"""What people are told about ideas they proposed or voted for. Never by mail: a list of mails would
tell those who look after deliveries who had voted."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement.notices.kinds import Kind, Parameters, register_kind
from events.models import Idea


def load_picked(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The ideas behind the keys that happen; None for one that is hidden since."""
    return _load(parameters, [Idea.State.PICKED])


def load_declined(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """Those that do not, with the reason; also one's own that was hidden."""
    return _load(parameters, [Idea.State.DECLINED, Idea.State.HIDDEN])


def _load(parameters: Sequence[Parameters], states: list[str]) -> list[Parameters | None]:
    ideas = Idea.objects.filter(key__in={one["idea"] for one in parameters}, state__in=states)
    found = {idea.key: idea for idea in ideas}
    return [
        {"idea": idea, "is_mine": idea.is_named and idea.proposer_id == one["reader_id"]}
        if (idea := found.get(one["idea"])) and _is_told(idea, one["reader_id"])
        else None
        for one in parameters
    ]


def _is_told(idea: Idea, reader_id: int) -> bool:
    return idea.state != Idea.State.HIDDEN or idea.proposer_id == reader_id


IDEA_PICKED = register_kind(
    Kind(
        key="idea_picked",
        title=_("An idea you wanted happens"),
        about=_("When somebody picks an idea that you proposed or voted for."),
        icon="star",
        by_mail=False,
        may_hide=True,
        load=load_picked,
    )
)
IDEA_DECLINED = register_kind(
    Kind(
        key="idea_declined",
        title=_("An idea you wanted does not happen"),
        about=_("When an idea that you proposed or voted for is declined, with the reason."),
        icon="star",
        by_mail=False,
        may_hide=True,
        load=load_declined,
    )
)
