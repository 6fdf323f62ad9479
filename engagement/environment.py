"""Reading the environment: each function says in one sentence what is wrong with a value."""

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def flag(name: str, *, default: bool) -> bool:
    """``1 true yes on`` or ``0 false no off``; anything else is refused."""
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {raw!r}: set it to 1 or 0.")


def whole_number(name: str, *, default: int) -> int:
    """A whole number from 0 up."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    if not raw.isdecimal():
        raise ImproperlyConfigured(f"{name} is {raw!r}: set it to a whole number.")
    return int(raw)


def secret_key(data_dir: Path) -> str:
    """``SECRET_KEY``, else the one kept in the data folder, else one for this process only.

    The supervisor creates the file; a command run beside it reads the same.
    """
    if value := os.environ.get("SECRET_KEY", ""):
        return value
    try:
        return (data_dir / "secret-key").read_text().strip()
    except OSError:
        return secrets.token_urlsafe(48)


def celery_broker(redis_url: str) -> str:
    """Celery's spelling of a Valkey address (``unix:///x.sock`` → ``redis+socket:///x.sock``)."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def static_build(static_root: Path) -> str:
    """A short name for the static files as collected: the manifest's own hash of them all."""
    try:
        return str(json.loads((static_root / "staticfiles.json").read_text())["hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return "uncollected"


def email_settings(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's mail settings from ``EMAIL_URL``.

    ``smtp://user:password@host:587?tls=1``, ``smtps://…:465``, ``file:///folder``; empty writes
    the mails to ``DATA_DIR/mail``.
    """
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(data_dir / "mail"),
        }
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": parts.path,
        }
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(
            f"EMAIL_URL is {url!r}: use smtp://host:25, smtps://host:465 or file:///folder."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parse_qs(parts.query).get("tls", ["0"])[0] == "1",
        "EMAIL_TIMEOUT": 15,
    }
