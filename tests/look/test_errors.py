import json
import re
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.test import RequestFactory
from django.utils import translation

from engagement.http import errors

PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "400": errors.bad_request,
    "403": errors.permission_denied,
    "404": errors.page_not_found,
    "429": errors.rate_limited,
    "500": errors.server_error,
    "503": lambda request: errors.unavailable(request, retry_after=5),
    "csrf": errors.csrf_failure,
    "offline": errors.offline,
}


def browser(path: str = "/kudos/", **headers: str) -> HttpRequest:
    return RequestFactory(headers={"accept": "text/html"} | headers).get(path)


# None of these tests has a database: a page that asks it anything fails here.
@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_error_page_is_whole_without_a_database(name: str, language: str) -> None:
    with translation.override(language):
        page = PAGES[name](browser()).content.decode()
    assert f'<html lang="{language}">' in page
    assert len(re.findall(r"<h1>[^<]+</h1>", page)) == 1
    assert 'class="button"' in page
    assert not re.search(r"<script(?! src)|style=|https?://(?!www.w3.org)", page)


def test_error_page_survives_broken_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> str:
        raise RuntimeError("no templates")

    monkeypatch.setattr(loader, "render_to_string", broken)
    response = errors.server_error(browser())
    assert response.status_code == 500
    assert "Noe gikk galt hos oss" in response.content.decode()


def test_error_for_a_program_is_problem_details() -> None:
    response = errors.page_not_found(RequestFactory().get("/api/v1/nothing"))
    assert response["Content-Type"] == "application/problem+json"
    with translation.override("en"):
        body = json.loads(errors.page_not_found(RequestFactory().get("/api/v1/x")).content)
    assert body == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here",
    }


def test_forbidden_page_tells_the_reason_escaped() -> None:
    page = errors.permission_denied(browser(), PermissionDenied("Only <b>keepers</b>.")).content
    assert b"Only &lt;b&gt;keepers&lt;/b&gt;." in page


def test_too_many_requests_says_when() -> None:
    with translation.override("en"):
        response = errors.too_many_requests(browser(), retry_after=90)
    assert (response.status_code, response["Retry-After"]) == (429, "90")
    assert "You can try again in 2 minutes." in response.content.decode()


@pytest.mark.parametrize(
    ("referer", "shown"),
    [
        ("http://testserver/people/?q=amina", 'href="/people/?q=amina"'),
        ("http://evil.example/", "evil.example"),
        ("http://testserver.evil.example/", "evil.example"),
        ("javascript:alert(1)", "javascript"),
    ],
)
def test_way_back_leads_only_to_our_own_pages(referer: str, shown: str) -> None:
    page = errors.page_not_found(browser(referer=referer)).content.decode()
    assert (shown in page) == referer.startswith("http://testserver/")


def test_way_back_stands_a_forged_host() -> None:
    request = browser()
    request.META["HTTP_HOST"] = "evil.example"
    assert errors.bad_request(request).status_code == 400


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_database_that_is_away_is_a_short_break(error: Exception) -> None:
    try:
        raise error
    except type(error):
        page, answer = (
            errors.server_error(browser()),
            errors.server_error(RequestFactory().get("/api/v1/kudos/")),
        )
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"


def test_other_errors_stay_ours() -> None:
    try:
        raise ValueError("a bug")
    except ValueError:
        assert errors.server_error(browser()).status_code == 500


def test_csrf_failure_is_told_to_scripts() -> None:
    assert errors.csrf_failure(browser())["X-Problem"] == "csrf"
