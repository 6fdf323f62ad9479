"""System checks that refuse an unsafe production. Each says what, why and what to do."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOOPBACK


@register()
def production_is_safe(**_: Any) -> list[CheckMessage]:
    """Outside loopback: HTTPS, named hosts, a real secret, and never the demo's open doors."""
    problems: list[CheckMessage] = []
    if not is_loopback(settings.BASE_URL):
        if not settings.IS_SECURE_ORIGIN:
            problems.append(
                Error(
                    f"BASE_URL is {settings.BASE_URL}, which is not HTTPS.",
                    hint="Browsers give screens and surveys cryptography and service workers only "
                    "on HTTPS. Put a proxy with a certificate in front and set BASE_URL=https://…",
                    id="vaffel.E001",
                )
            )
        if settings.DEMO:
            problems.append(
                Error(
                    "The demo signs anybody in with one click and runs only on loopback.",
                    hint="Use `make start`, or leave BASE_URL unset.",
                    id="vaffel.E002",
                )
            )
    if "*" in settings.ALLOWED_HOSTS and not settings.TESTING:
        problems.append(
            Error(
                "ALLOWED_HOSTS allows every host name.",
                hint="Name the hosts people use, separated by commas.",
                id="vaffel.E003",
            )
        )
    if len(settings.SECRET_KEY) < 32 and not settings.TESTING:
        problems.append(
            Error(
                "SECRET_KEY is shorter than 32 characters.",
                hint="Unset it (one is made in DATA_DIR) or set a long random text.",
                id="vaffel.E004",
            )
        )
    return problems
