"""What a web process reads before its first request, so that nobody waits for it.

Addresses, texts, templates and holidays are read when first asked for: in a new process half a second
of one person's wait, and of all who stand in line behind them. Asks neither database nor network.
"""

import contextlib
import gc

from django.conf import settings
from django.template.loader import get_template
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.translation import gettext, override

from engagement import times
from engagement.http.templatetags.vaffel import long_date
from events.holidays import holiday

TEMPLATES = settings.BASE_DIR / "templates"
# What most people open; the rest is read when somebody does.
OPENED_MOST = ("base.html", "today.html", "partials/*", "kudos/**/*.*", "events/**/*.*")


def warm() -> None:
    """Reads it all, once for each language where it has words."""
    for language, _name in settings.LANGUAGES:
        with override(language):
            gettext("Today")
            long_date(times.today())
            holiday(times.today())
            _read_addresses()
    for name in everyday_templates():
        get_template(name)
    # What is here now stays as long as the process: nobody shall wait while it is searched for garbage.
    gc.collect()
    gc.freeze()


def everyday_templates() -> list[str]:
    """Names of the templates that are read ahead."""
    files = [path for pattern in OPENED_MOST for path in sorted(TEMPLATES.glob(pattern))]
    return [str(path.relative_to(TEMPLATES)) for path in files if path.is_file()]


def _read_addresses() -> None:
    reverse("today")
    for room in get_resolver().namespace_dict:
        # A room's own addresses are read when one is looked for, found or not.
        with contextlib.suppress(NoReverseMatch):
            reverse(f"{room}:")
