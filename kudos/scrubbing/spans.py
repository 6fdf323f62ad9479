"""What may be found in a text, and where it lies."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EMAIL, PHONE, ID_NUMBER, ACCOUNT = "email", "phone", "id_number", "account"
ADDRESS, URL, NAME, COLLEAGUE = "address", "url", "name", "colleague"
REFERENCE, PLATE, HANDLE, BORN = "reference", "plate", "handle", "born"
KINDS: dict[str, str | Promise] = {
    EMAIL: _("an e-mail address"),
    PHONE: _("a phone number"),
    ID_NUMBER: _("a national identity number"),
    ACCOUNT: _("an account or card number"),
    ADDRESS: _("an address"),
    URL: _("a web address"),
    NAME: _("a name"),
    COLLEAGUE: _("a colleague"),
    REFERENCE: _("a customer or order number"),
    PLATE: _("a car’s number"),
    HANDLE: _("a name on social media"),
    BORN: _("a date of birth"),
}


class Span(NamedTuple):
    """``text[start:end]`` looks like ``kind``, one of `KINDS`."""

    start: int
    end: int
    kind: str
