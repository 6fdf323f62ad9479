"""Every write of the room: telling people, their reading and choosing, sending, and looking after it all."""

from engagement.notices.actions.choosing import (
    choose_quiet_hours,
    choose_ways,
    resume_mails,
    stop_mails,
)
from engagement.notices.actions.reading import (
    forget_who_read,
    read_all_notices,
    read_notice,
    read_told,
)
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
    "choose_quiet_hours",
    "choose_ways",
    "deliver_mail",
    "forget_notices",
    "forget_who_read",
    "notify",
    "purge_notices",
    "queue_account_mail",
    "read_all_notices",
    "read_notice",
    "read_told",
    "restore_notices",
    "resume_mails",
    "retry_deliveries",
    "retry_delivery",
    "stop_mails",
    "withdraw_notices",
]
