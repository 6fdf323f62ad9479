"""Every write of the room: telling people, their reading, sending, and looking after it all."""

from engagement.notices.actions.reading import read_all_notices, read_notice
from engagement.notices.actions.sending import deliver_mail
from engagement.notices.actions.telling import (
    forget_notices,
    notify,
    queue_account_mail,
    restore_notices,
    withdraw_notices,
)
from engagement.notices.actions.upkeep import purge_notices, retry_deliveries, retry_delivery

__all__ = [
    "deliver_mail",
    "forget_notices",
    "notify",
    "purge_notices",
    "queue_account_mail",
    "read_all_notices",
    "read_notice",
    "restore_notices",
    "retry_deliveries",
    "retry_delivery",
    "withdraw_notices",
]
