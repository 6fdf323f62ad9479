"""What stands on every card of a feed, rendered once."""

from collections.abc import Iterable
from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kudos.models import Reaction, Tally

register = template.Library()


@register.simple_tag
def palette(tallies: Iterable[Tally]) -> SafeString:
    """The reactions that are still to be given, as buttons."""
    return _palette(get_language(), frozenset(one.kind for one in tallies if one.is_mine))


@cache
def _palette(language: str | None, given: frozenset[str]) -> SafeString:
    kinds = [kind for kind in Reaction.Kind if kind.value not in given]
    return render_to_string("kudos/palette.html", {"kinds": kinds})
