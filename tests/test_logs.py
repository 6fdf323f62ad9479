import json
import logging

import pytest
from django.conf import settings
from django.db import OperationalError
from structlog.stdlib import ProcessorFormatter


def said(error: Exception) -> dict[str, str]:
    """The line that is written when ``error`` ended a request."""
    options = dict(settings.LOGGING["formatters"]["json"])
    formatter: ProcessorFormatter = options.pop("()")(**options)
    try:
        raise error
    except type(error) as caught:
        exc_info = (type(caught), caught, caught.__traceback__)
        record = logging.LogRecord("django.request", 40, "", 0, "Failed", None, exc_info)
        return json.loads(formatter.format(record))


def test_database_that_is_away_is_one_short_line() -> None:
    line = said(OperationalError("connection\nis bad"))
    assert line["reason"] == "connection is bad"
    assert "Traceback" not in json.dumps(line)


@pytest.mark.parametrize("error", [ValueError("a bug")])
def test_other_errors_bring_their_stack(error: Exception) -> None:
    assert "Traceback" in said(error)["exception"]
