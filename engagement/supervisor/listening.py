"""The socket that all web processes share, and whether they answer on it."""

import errno
import http.client
import os
import socket
from urllib.parse import urlsplit

from engagement.supervisor.problems import CannotStart

# Screens and pages wait here while a web process restarts, instead of being refused.
BACKLOG = 2048
LISTEN_FD = "VAFFEL_LISTEN_FD"


def listen(host: str, port: int) -> socket.socket:
    """One bound socket that all web processes share."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        bound.close()
        raise CannotStart(_reason(host, port, error)) from error
    return bound


def _reason(host: str, port: int, error: OSError | OverflowError) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program: stop that one, or choose "
            f"another port with PORT={port + 10}."
        )
    if number == errno.EACCES:
        return f"User {os.geteuid()} may not listen on port {port}: choose one above 1023 (PORT)."
    return f"Vaffel cannot listen on {host} port {port} ({error}): check HOST and PORT."


def answers(*, host: str, port: int, base_url: str, path: str = "/readyz") -> bool:
    """Does ``GET path`` give 200?"""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": urlsplit(base_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
