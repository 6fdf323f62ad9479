"""The facts of surveys. Answers are not among them: see `surveys.ballots`."""

from surveys.models.counts import (
    Comment,
    Count,
    GroupStatistic,
    ItemStatistic,
    PublishedReceipt,
)
from surveys.models.instruments import Instrument, InstrumentVersion
from surveys.models.plans import Panel, PulsePlan
from surveys.models.rolls import Cell, RollEntry
from surveys.models.surveys import (
    BurdenLimit,
    Reminder,
    Review,
    Survey,
    SurveyAudience,
    SurveyInstrument,
)

__all__ = [
    "BurdenLimit",
    "Cell",
    "Comment",
    "Count",
    "GroupStatistic",
    "Instrument",
    "InstrumentVersion",
    "ItemStatistic",
    "Panel",
    "PublishedReceipt",
    "PulsePlan",
    "Reminder",
    "Review",
    "RollEntry",
    "Survey",
    "SurveyAudience",
    "SurveyInstrument",
]
