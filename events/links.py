"""The link in a mail that leads to one's own place without signing in, to answer or to leave."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from events.models import SignUp

SALT = "events.place"
# Longer than any we make; nothing longer is looked at.
LONGEST_TOKEN = 120


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=SALT)


def place_url(signup: SignUp) -> str:
    """The whole address of the page where its person answers an offer or leaves."""
    return settings.BASE_URL + reverse("events:place", args=[_signer().sign(signup.key)])


def read_token(token: str) -> str | None:
    """The key of the sign-up that ``token`` is for; None when it is not ours."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        return _signer().unsign(token)
    except signing.BadSignature:
        return None
