"""What `/readyz` says of the ballot box: told, never required."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


class _Box(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        pass


@pytest.fixture
def box() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Box) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_ballot_box_is_asked(client: Client, box: ThreadingHTTPServer, settings: Any) -> None:
    settings.BALLOT_CONTROL_URL = f"http://127.0.0.1:{box.server_port}"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ballots"]) == (200, "ok")


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://[", "nonsense"])
def test_ballot_box_away_leaves_the_pages_ready(
    client: Client, settings: Any, address: str
) -> None:
    settings.BALLOT_CONTROL_URL = address
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ballots"]) == (200, "down")
    assert answer.json()["status"] == "degraded"
