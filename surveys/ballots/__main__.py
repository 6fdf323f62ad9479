"""``python -m surveys.ballots``: the ballot box, on the socket it inherits or on HOST and PORT + 1."""

import logging
import os
import socket

import uvicorn

from surveys.ballots.app import from_environment

BACKLOG = 1024


def main() -> None:
    """Serves until SIGTERM. No access log: nobody shall be able to ask it when somebody came."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    inherited = os.environ.get("VAFFEL_LISTEN_FD", "")
    config = uvicorn.Config(
        from_environment(),
        host=os.environ.get("HOST") or "127.0.0.1",
        port=int(os.environ.get("PORT") or 8000) + 1,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=5,
    )
    sockets = [socket.socket(fileno=int(inherited))] if inherited else None
    uvicorn.Server(config).run(sockets=sockets)


if __name__ == "__main__":
    main()
