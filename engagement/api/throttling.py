"""Rate limits as token buckets in PostgreSQL: exact under concurrency and across processes.

A bucket is one time: when it is full again (the generic cell rate algorithm). Taking from it is
one statement that either moves that time or, when the bucket is empty, changes nothing.
"""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from engagement import times
from engagement.api.models import ApiToken, RateBucket

TAKE = """
INSERT INTO api_ratebucket AS bucket (name, full_at)
VALUES (%(name)s, %(at)s::timestamptz + %(drop)s::interval)
ON CONFLICT (name) DO UPDATE
SET full_at = GREATEST(bucket.full_at, %(at)s::timestamptz) + %(drop)s::interval
WHERE GREATEST(bucket.full_at, %(at)s::timestamptz) + %(drop)s::interval
      <= %(at)s::timestamptz + %(whole)s::interval
RETURNING full_at
"""


@dataclass(frozen=True)
class Rate:
    """So many calls a minute over time, and so many at once."""

    per_minute: float
    burst: int

    @property
    def drop(self) -> dt.timedelta:
        """What one call takes: the time in which the bucket regains it."""
        return dt.timedelta(minutes=1) / self.per_minute


@dataclass(frozen=True)
class Taking:
    """What came of reaching into a bucket."""

    rate: Rate
    is_allowed: bool
    left: int
    # Seconds until the next call is allowed (refused), or until the bucket is full.
    wait: float


def take(*, name: str, rate: Rate, at: dt.datetime) -> Taking:
    """Takes one call from the bucket ``name``. Safe with any number of processes at once."""
    whole = rate.drop * rate.burst
    with connection.cursor() as cursor:
        facts: dict[str, Any] = {"name": name, "at": at, "drop": rate.drop, "whole": whole}
        cursor.execute(TAKE, facts)
        row = cursor.fetchone()
    if row is None:
        full_at = RateBucket.objects.values_list("full_at", flat=True).get(name=name)
        wait = (full_at + rate.drop - whole - at).total_seconds()
        return Taking(rate, is_allowed=False, left=0, wait=max(wait, 0.0))
    used = row[0] - at
    # Microseconds: a hair of rounding must not cost a call.
    left = math.floor((whole - used) / rate.drop + 1e-6)
    return Taking(rate, is_allowed=True, left=left, wait=used.total_seconds())


class PerCaller(BaseThrottle):
    """Every call: per token, or per person in a browser."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiToken):
            name = f"token:{request.auth.key}"
        elif request.user and request.user.is_authenticated:
            name = f"person:{request.user.key}"
        else:
            return True
        rate = Rate(settings.API_REQUESTS_PER_MINUTE, max(1, settings.API_BURST))
        return self.reach(request, name, rate)

    def reach(self, request: Request, name: str, rate: Rate) -> bool:
        """Takes one; the outcome is kept for `rate_headers`, the tightest one of several.

        A rate of 0 a minute is no limit.
        """
        if not rate.per_minute:
            return True
        self.taking = take(name=name, rate=rate, at=times.now())
        earlier: Taking | None = getattr(request, "taking", None)
        if earlier is None or not self.taking.is_allowed or self.taking.left < earlier.left:
            request.taking = self.taking  # type: ignore[attr-defined]
        return self.taking.is_allowed

    def wait(self) -> float:
        return float(math.ceil(self.taking.wait))


class PerKudosGiver(PerCaller):
    """Giving thanks: per person, however many tokens act for them."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.method != "POST" or not request.user.is_authenticated:
            return True
        rate = Rate(settings.API_KUDOS_PER_MINUTE, settings.API_KUDOS_PER_MINUTE)
        return self.reach(request, f"kudos:{request.user.key}", rate)


def rate_headers(request: Request) -> dict[str, str]:
    """``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers)."""
    taking: Taking | None = getattr(request, "taking", None)
    if taking is None:
        return {}
    reset = math.ceil(taking.wait)
    return {
        "RateLimit-Policy": f'"calls";q={taking.rate.burst};w={_window(taking.rate)}',
        "RateLimit": f'"calls";r={taking.left};t={reset}',
    }


def _window(rate: Rate) -> int:
    """Seconds in which an empty bucket is full again."""
    return math.ceil((rate.drop * rate.burst).total_seconds())
