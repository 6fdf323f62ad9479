"""What people are told about announcements. The texts stay on the page: a mail would not be corrected."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement.notices.kinds import Kind, Parameters, Way, register_kind
from events.access.announcing import can_create_announcements
from events.models import Announcement, AnnouncementQuerySet


def _load(
    parameters: Sequence[Parameters], announcements: AnnouncementQuerySet
) -> list[Parameters | None]:
    keys = {one["announcement"] for one in parameters}
    found: dict[str, Parameters] = {
        one.key: {"announcement": one}
        for one in announcements.filter(key__in=keys).select_related("author")
    }
    return [found.get(one["announcement"]) for one in parameters]


def load_announcements(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """Announcements as they are now; None for one that is withdrawn."""
    sent = Announcement.objects.published()
    return _load(parameters, sent.filter(withdrawn_at__isnull=True))


def load_corrected(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The same with what its last correction says; those that are withdrawn too, with the reason."""
    loaded = _load(parameters, Announcement.objects.published())
    corrected = {one["announcement"].pk: one["announcement"] for one in loaded if one}
    notes = dict(
        Announcement.objects.filter(pk__in=corrected, revisions__number__gt=1)
        .order_by("revisions__number")
        .values_list("pk", "revisions__note")
    )
    return [
        {**one, "note": notes.get(one["announcement"].pk, "")} if one else None for one in loaded
    ]


def load_unsent(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """Drafts that could not be sent; None once they were, or wait for another time."""
    drafts = Announcement.objects.drafts().filter(publish_at__isnull=True)
    return _load(parameters, drafts)


ANNOUNCEMENT = register_kind(
    Kind(
        key="announcement",
        title=_("A decision or an activity that concerns you"),
        about=_("When something is decided that affects you, with why and what happens next."),
        icon="flag",
        # It is about work: it waits until work begins.
        mail_default=Way.DIGEST,
        mails_when_read=True,
        load=load_announcements,
    )
)
ANNOUNCEMENT_CORRECTED = register_kind(
    Kind(
        key="announcement_corrected",
        title=_("A decision or an activity is corrected"),
        about=_("When something you were told is corrected or withdrawn, with the reason."),
        icon="edit",
        # Somebody may be doing what does not hold any more.
        mail_default=Way.AT_ONCE,
        mails_when_read=True,
        load=load_corrected,
    )
)
ANNOUNCEMENT_NOT_SENT = register_kind(
    Kind(
        key="announcement_not_sent",
        title=_("Your announcement was not sent"),
        about=_("When its time had come and you could not send it to those people any more."),
        icon="warning",
        is_for=can_create_announcements,
        load=load_unsent,
    )
)
