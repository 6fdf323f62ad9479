"""The facts of kudos."""

from kudos.models.counters import MOST_COUNTED, Counter, Goal
from kudos.models.kudos import (
    MESSAGE_LENGTH,
    NOT_ON_CARDS,
    Kudos,
    KudosQuerySet,
    KudosReach,
    KudosReceiver,
    KudosReceiverQuerySet,
    Tally,
)
from kudos.models.milestones import Milestone
from kudos.models.policy import WORD_LENGTH, KudosPolicy, WarnedWord
from kudos.models.praise import PRAISE_LENGTH, Praise, PraiseRule
from kudos.models.reports import NOTE_LENGTH, Decision, DecisionQuerySet, Reason, Report
from kudos.models.talk import Comment, Mention, Reaction
from kudos.models.values import Value

__all__ = [
    "MESSAGE_LENGTH",
    "MOST_COUNTED",
    "NOTE_LENGTH",
    "NOT_ON_CARDS",
    "PRAISE_LENGTH",
    "WORD_LENGTH",
    "Comment",
    "Counter",
    "Decision",
    "DecisionQuerySet",
    "Goal",
    "Kudos",
    "KudosPolicy",
    "KudosQuerySet",
    "KudosReach",
    "KudosReceiver",
    "KudosReceiverQuerySet",
    "Mention",
    "Milestone",
    "Praise",
    "PraiseRule",
    "Reaction",
    "Reason",
    "Report",
    "Tally",
    "Value",
    "WarnedWord",
]
