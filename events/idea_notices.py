"""What people are told about ideas they proposed, voted for, reported or decide about. Never by mail,
but to those who decide: a list of mails would tell those who look after deliveries who had voted, or
reported."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.notices.kinds import Kind, Parameters, Way, register_kind
from engagement.people.access import has_role
from engagement.people.models import Person
from events.idea_judges import SETTLERS, waiting_counts
from events.models import Idea, IdeaReport


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


def load_shown_again(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """One's own ideas that were hidden and can be read again; None for one that is gone since."""
    told = Idea.objects.told().filter(key__in={one["idea"] for one in parameters})
    found = {idea.key: idea for idea in told}
    return [
        {"idea": idea}
        if (idea := found.get(one["idea"])) and idea.proposer_id == one["reader_id"]
        else None
        for one in parameters
    ]


def load_waiting(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """How many reported ideas each reader has to look at now."""
    waiting = waiting_counts(at=times.now())
    return [{"count": waiting.get(one["reader_id"], 0)} for one in parameters]


def load_decided(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """What came of what each reader has reported; None while it waits, or is forgotten."""
    reports = IdeaReport.objects.filter(
        idea__key__in={one["idea"] for one in parameters},
        reporter__in={one["reader_id"] for one in parameters},
    ).exclude(outcome=IdeaReport.Outcome.WAITING)
    found = {(one.idea.key, one.reporter_id): one for one in reports.select_related("idea")}
    return [
        {"outcome": report.outcome}
        if (report := found.get((one["idea"], one["reader_id"])))
        else None
        for one in parameters
    ]


def decides_somewhere(person: Person) -> bool:
    return has_role(person, *SETTLERS)


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
IDEA_SHOWN_AGAIN = register_kind(
    Kind(
        key="idea_shown_again",
        title=_("An idea of yours is shown again"),
        about=_("When it was hidden, and those who decide changed their mind."),
        icon="check",
        by_mail=False,
        may_hide=True,
        load=load_shown_again,
    )
)
IDEA_REPORTS_WAITING = register_kind(
    Kind(
        key="idea_reports_waiting",
        title=_("Somebody has reported an idea"),
        about=_("At most once a day, while something waits for your decision."),
        is_for=decides_somewhere,
        mail_default=Way.DIGEST,
        icon="flag",
        load=load_waiting,
    )
)
IDEA_REPORT_DECIDED = register_kind(
    Kind(
        key="idea_report_decided",
        title=_("What came of an idea you reported"),
        about=_("When somebody has looked at it."),
        icon="check",
        by_mail=False,
        load=load_decided,
    )
)
