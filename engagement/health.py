"""What machines that watch over us may ask."""

import datetime as dt

import httpx
import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from engagement import times
from engagement.clock.models import Sweep

WORKER_SILENT_AFTER = dt.timedelta(minutes=3)


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while this process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served: database and migrations. The rest is told, not required.

    ``{"status": "ok"|"degraded"|"down", "database", "migrations", "valkey", "ballots",
    "worker_age_seconds"}``
    """
    state: dict[str, object] = {"database": "down", "migrations": "unknown", "valkey": "down"}
    worker_age = None
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        state["migrations"] = "pending" if pending else "ok"
        last = Sweep.objects.order_by("-last_ran_at").values_list("last_ran_at", flat=True).first()
        worker_age = (times.now() - last).total_seconds() if last else None
        state["database"] = "ok"
    except Error:
        pass
    state["valkey"] = "ok" if _valkey_answers() else "down"
    state["ballots"] = "ok" if ballot_box_answers() else "down"
    state["worker_age_seconds"] = None if worker_age is None else round(worker_age)
    serves = state["database"] == state["migrations"] == "ok"
    is_worker_alive = worker_age is not None and worker_age < WORKER_SILENT_AFTER.total_seconds()
    is_whole = serves and state["valkey"] == state["ballots"] == "ok" and is_worker_alive
    state["status"] = "ok" if is_whole else "degraded" if serves else "down"
    return JsonResponse(state, status=200 if serves else 503)


def _valkey_answers() -> bool:
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1
        )
        with client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def ballot_box_answers() -> bool:
    """Whether the ballot box reaches its database; asked over the control channel's address."""
    try:
        return httpx.get(f"{settings.BALLOT_CONTROL_URL}/healthz", timeout=1).status_code == 200
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
