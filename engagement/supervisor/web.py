"""The listening socket, the web server on it, and whether it answers."""

import errno
import http.client
import os
import socket
from urllib.parse import urlsplit

import uvicorn

from engagement.supervisor.problems import CannotStart

# Screens and pages wait here while a web process restarts, instead of being refused.
BACKLOG = 2048
LISTEN_FD = "VAFFEL_LISTEN_FD"
# Nobody sends us more: a screen has nothing to say.
MOST_BYTES_FROM_A_SOCKET = 16 * 1024


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


def serve(*, host: str, port: int, trusted_proxies: list[str], log_level: str = "warning") -> None:
    """Serves until SIGTERM; on the socket we inherited, else on one of our own."""
    inherited = os.environ.get(LISTEN_FD, "")
    bound = socket.socket(fileno=int(inherited)) if inherited else listen(host, port)
    config = uvicorn.Config(
        "engagement.asgi:application",
        loop="uvloop",
        http="httptools",
        ws="engagement.live.server:WallProtocol",
        ws_per_message_deflate=False,
        ws_max_size=MOST_BYTES_FROM_A_SOCKET,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level=log_level,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies,
        backlog=BACKLOG,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[bound])


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
