"""The facts of kudos."""

from kudos.models.kudos import (
    MESSAGE_LENGTH,
    Kudos,
    KudosReach,
    KudosReceiver,
    KudosReceiverQuerySet,
    Tally,
)
from kudos.models.praise import PRAISE_LENGTH, Praise, PraiseRule
from kudos.models.talk import Comment, Mention, Reaction
from kudos.models.values import Value

__all__ = [
    "MESSAGE_LENGTH",
    "PRAISE_LENGTH",
    "Comment",
    "Kudos",
    "KudosReach",
    "KudosReceiver",
    "KudosReceiverQuerySet",
    "Mention",
    "Praise",
    "PraiseRule",
    "Reaction",
    "Tally",
    "Value",
]
