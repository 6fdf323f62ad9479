"""A pytest plugin that comes before all else: PostgreSQL and Valkey for the whole run.

Started once by the controller; the workers of pytest-xdist inherit the addresses. Set
``DATABASE_URL`` and ``REDIS_URL`` to use servers of your own.
"""

import atexit
import contextlib
import os
import tempfile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")
os.environ["VAFFEL_TESTING"] = "1"
os.environ.setdefault("SECRET_KEY", "a key for tests that guards nothing at all, long enough")

if "PYTEST_XDIST_WORKER" in os.environ:
    # The channels in Valkey are named by it: no worker hears what another one's tests ring.
    os.environ["SECRET_KEY"] += os.environ["PYTEST_XDIST_WORKER"]
else:
    from engagement.supervisor import translations

    translations.compile_stale(translations.LOCALE, fallback=translations.LOCALE)
    _running = contextlib.ExitStack()
    atexit.register(_running.close)
    if "DATABASE_URL" not in os.environ:
        from engagement.supervisor.testing import embedded_services

        services = _running.enter_context(embedded_services())
        os.environ["DATABASE_URL"] = services.database_url
        os.environ["REDIS_URL"] = services.redis_url
        os.environ["BALLOT_DATABASE_URL"] = services.ballot_database_url
    # What the code under test writes stays out of the checkout.
    os.environ["DATA_DIR"] = _running.enter_context(tempfile.TemporaryDirectory(prefix="vaffel-"))
