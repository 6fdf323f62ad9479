"""The process of a ballot box: an application on the socket it inherits or on HOST and PORT + 1."""

import logging
import os
import socket

import uvicorn

from surveys.ballots.app import BallotBox

BACKLOG = 1024


def server_of(box: BallotBox) -> uvicorn.Server:
    """No access log: nobody shall be able to ask it when somebody came."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    config = uvicorn.Config(
        box,
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
    return uvicorn.Server(config)


def serve(server: uvicorn.Server) -> None:
    """Serves until SIGTERM, or until the server is told to end."""
    inherited = os.environ.get("VAFFEL_LISTEN_FD", "")
    server.run(sockets=[socket.socket(fileno=int(inherited))] if inherited else None)
