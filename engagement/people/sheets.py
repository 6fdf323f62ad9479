"""The sheet of codes on paper: a slip a person, with an address that a telephone can read."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString

from engagement import times
from engagement.http.qr import qr_drawing
from engagement.people.actions.activation import CODE_VALID
from engagement.people.models import Person
from engagement.people.queries import unit_id_of
from engagement.people.tree import Tree


def sheet_of(
    issued: Iterable[tuple[Person, str]], *, tree: Tree, at: dt.datetime, following: str = ""
) -> dict[str, Any]:
    """What ``people/activation_sheet.html`` shows: codes that stand nowhere else, in their order.

    ``following`` is the path on which whoever signs in by a slip's square arrives.
    """
    return {
        "slips": [
            {
                "person": person,
                "code": code,
                "unit": tree.unit(unit_id_of(person)),
                "qr": _qr(code, following),
            }
            for person, code in issued
        ],
        "address": settings.BASE_URL + reverse("people:activate"),
        "expires_on": times.local_date(at) + CODE_VALID,
    }


def _qr(code: str, following: str) -> SafeString:
    """The address with the code, as a drawing that needs no styles of its own."""
    query = {"code": code} | ({"next": following} if following else {})
    address = f"{settings.BASE_URL}{reverse('people:activate')}?{urlencode(query)}"
    return qr_drawing(address, ink="#000")
