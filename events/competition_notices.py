"""What people are told about competitions."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement.notices.kinds import Kind, Parameters, Way, register_kind
from events.competition_cards import winner_words
from events.models import Competition, Result


def load_results(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """How the competitions behind the keys ended; None for one that has no result. Two queries."""
    keys = {one["competition"] for one in parameters}
    winners: dict[str, list[str]] = {}
    first = Result.objects.filter(competition__key__in=keys, place=1).order_by("group__number")
    for key, name in first.values_list("competition__key", "group__name"):
        winners.setdefault(key, []).append(name)
    told = Competition.objects.filter(key__in=keys, told_at__isnull=False)
    found = {
        one.key: {"title": one.title, "winner": winner_words(winners.get(one.key, []))}
        for one in told
    }
    return [found.get(one["competition"]) for one in parameters]


def load_cancelled(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The competitions behind the keys that are cancelled, with why. One query."""
    keys = {one["competition"] for one in parameters}
    found: dict[str, Parameters] = {
        one.key: {"title": one.title, "reason": one.why_cancelled}
        for one in Competition.objects.filter(key__in=keys, cancelled_at__isnull=False)
    }
    return [found.get(one["competition"]) for one in parameters]


COMPETITION_CANCELLED = register_kind(
    Kind(
        key="competition_cancelled",
        title=_("A competition is cancelled"),
        about=_("When one that your group takes part in ends without a winner, with the reason."),
        icon="flag",
        mail_default=Way.NONE,
        may_hide=True,
        load=load_cancelled,
    )
)
COMPETITION_RESULT = register_kind(
    Kind(
        key="competition_result",
        title=_("A competition is decided"),
        about=_("When one that your group took part in is over."),
        icon="flag",
        mail_default=Way.NONE,
        may_hide=True,
        load=load_results,
    )
)
