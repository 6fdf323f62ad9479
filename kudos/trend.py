"""Whether more of a group are thanked than before: only what a lot alone would hardly make."""

from django.utils.translation import gettext as _

# From so many people on a change is told: smaller groups change by lot alone.
TREND_FROM = 10
CHANGE_LEAST = 4
CHANGE_SHARE = 0.10


def trend_told(count: int, before: int, people: int) -> str:
    """Two blurred counts compared in words; nothing of fewer than ten people."""
    if people < TREND_FROM:
        return ""
    least = max(CHANGE_LEAST, CHANGE_SHARE * people)
    if count - before >= least:
        return _("more than in the 60 days before")
    if before - count >= least:
        return _("fewer than in the 60 days before")
    return _("about as many as in the 60 days before")
