"""Messages to people: what they read in the product, and what leaves the house.

A notice is one message to one person. A delivery is its way out by mail; a sign-in mail is a
delivery without a notice, a digest one with many. States follow from the times that are set, see
`Delivery`. What somebody wants to get, and when, stands in `NoticeChoice` and `NoticeHours`.
"""

from engagement.notices.models.choices import NoticeChoice, NoticeHours
from engagement.notices.models.deliveries import Delivery, DeliveryQuerySet, Outage, erased
from engagement.notices.models.notices import Notice, NoticeQuerySet

__all__ = [
    "Delivery",
    "DeliveryQuerySet",
    "Notice",
    "NoticeChoice",
    "NoticeHours",
    "NoticeQuerySet",
    "Outage",
    "erased",
]
