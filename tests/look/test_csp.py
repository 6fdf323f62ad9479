import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from engagement.http.csp import (
    CSP,
    ContentSecurityPolicyMiddleware,
    LazyNonce,
    build_policy,
    csp,
    csp_override,
)

HEADER = "Content-Security-Policy"


def answer(view, settings) -> HttpResponse:
    settings.SECURE_CSP = {"default-src": [CSP.NONE], "script-src": [CSP.SELF, CSP.NONCE]}
    response = ContentSecurityPolicyMiddleware(view)(RequestFactory().get("/"))
    assert isinstance(response, HttpResponse)
    return response


def test_policy_lists_directives_in_order() -> None:
    assert (
        build_policy({"default-src": [CSP.NONE], "img-src": [CSP.SELF, "data:"]})
        == "default-src 'none'; img-src 'self' data:"
    )


def test_policy_leaves_out_what_is_off() -> None:
    policy = {"upgrade-insecure-requests": True, "sandbox": False, "img-src": None, "font-src": ""}
    assert build_policy(policy | {"font-src": []}) == "upgrade-insecure-requests"


def test_nonce_is_left_out_unless_used(settings) -> None:
    assert answer(lambda request: HttpResponse(), settings)[HEADER] == (
        "default-src 'none'; script-src 'self'"
    )


def test_nonce_is_the_one_the_page_used(settings) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(csp(request)["csp_nonce"]))

    response = answer(view, settings)
    assert response[HEADER] == (
        f"default-src 'none'; script-src 'self' 'nonce-{response.content.decode()}'"
    )


def test_nonces_differ() -> None:
    assert str(LazyNonce()) != str(LazyNonce())


def test_view_with_its_own_policy_keeps_it(settings) -> None:
    view = csp_override({"default-src": [CSP.SELF]})(lambda request: HttpResponse())
    assert answer(view, settings)[HEADER] == "default-src 'self'"


@pytest.mark.parametrize("status", [200, 400, 403, 404, 429, 500])
def test_policy_stands_on_every_status(settings, status: int) -> None:
    assert HEADER in answer(lambda request: HttpResponse(status=status), settings)
