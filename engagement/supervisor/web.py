"""The web server: uvicorn with the walls' own socket protocol."""

import os
import resource
import socket

import uvicorn

from engagement.supervisor.listening import BACKLOG, LISTEN_FD, listen

# Nobody sends us more: a screen has nothing to say.
MOST_BYTES_FROM_A_SOCKET = 16 * 1024


def serve(*, host: str, port: int, trusted_proxies: list[str], log_level: str = "warning") -> None:
    """Serves until SIGTERM; on the socket we inherited, else on one of our own."""
    inherited = os.environ.get(LISTEN_FD, "")
    bound = socket.socket(fileno=int(inherited)) if inherited else listen(host, port)
    _raise_file_limit()
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


def _raise_file_limit() -> None:
    # Every wall is an open file; the usual soft limit of 1024 is for programs that use select().
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
