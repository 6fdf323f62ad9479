"""The facts of kudos."""

from kudos.models.kudos import (
    MESSAGE_LENGTH,
    Kudos,
    KudosReach,
    KudosReceiver,
    KudosReceiverQuerySet,
    Tally,
)
from kudos.models.talk import Comment, Mention, Reaction
from kudos.models.values import Value

__all__ = [
    "MESSAGE_LENGTH",
    "Comment",
    "Kudos",
    "KudosReach",
    "KudosReceiver",
    "KudosReceiverQuerySet",
    "Mention",
    "Reaction",
    "Tally",
    "Value",
]
