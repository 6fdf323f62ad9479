"""The facts of kudos."""

from kudos.models.counters import MOST_COUNTED, Counter, Goal
from kudos.models.kudos import (
    MESSAGE_LENGTH,
    Kudos,
    KudosReach,
    KudosReceiver,
    KudosReceiverQuerySet,
    Tally,
)
from kudos.models.milestones import Milestone
from kudos.models.talk import Comment, Mention, Reaction
from kudos.models.values import Value

__all__ = [
    "MESSAGE_LENGTH",
    "MOST_COUNTED",
    "Comment",
    "Counter",
    "Goal",
    "Kudos",
    "KudosReach",
    "KudosReceiver",
    "KudosReceiverQuerySet",
    "Mention",
    "Milestone",
    "Reaction",
    "Tally",
    "Value",
]
