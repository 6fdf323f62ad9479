"""Content Security Policy under the names Django 6 gives it, so it can go with Django 6.2.

``SECURE_CSP`` is a dict of directive → list of sources. Nothing else is needed: every response that
leaves Django carries the header, error pages too, because the middleware stands near the front.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject, empty

Policy = Mapping[str, Collection[str] | str | bool | None]


class CSP(StrEnum):
    """Source words for policies."""

    HEADER_ENFORCE = "Content-Security-Policy"
    HEADER_REPORT_ONLY = "Content-Security-Policy-Report-Only"

    NONE = "'none'"
    SELF = "'self'"
    STRICT_DYNAMIC = "'strict-dynamic'"
    UNSAFE_EVAL = "'unsafe-eval'"
    UNSAFE_HASHES = "'unsafe-hashes'"
    UNSAFE_INLINE = "'unsafe-inline'"
    WASM_UNSAFE_EVAL = "'wasm-unsafe-eval'"
    # Stands for this response's nonce; never appears in the header as such.
    NONCE = "<CSP_NONCE_SENTINEL>"


class LazyNonce(SimpleLazyObject):
    """A nonce made when first printed; false while nobody has."""

    def __init__(self) -> None:
        super().__init__(lambda: secrets.token_urlsafe(16))

    def __bool__(self) -> bool:
        return self._wrapped is not empty  # type: ignore[attr-defined]


def get_nonce(request: HttpRequest) -> LazyNonce | None:
    """The nonce of this request's response, or None without the middleware."""
    return getattr(request, "_csp_nonce", None)


def csp(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``{{ csp_nonce }}``."""
    return {"csp_nonce": get_nonce(request)}


def build_policy(policy: Policy, nonce: LazyNonce | str | None = None) -> str:
    """The header's value. The nonce is only told when a template has used it."""
    parts = []
    for directive, sources in policy.items():
        if sources is None or sources is False:
            continue
        if sources is True:
            parts.append(directive)
            continue
        words = [sources] if isinstance(sources, str) else list(sources)
        if isinstance(sources, (set, frozenset)):
            words.sort()
        if CSP.NONCE in words:
            words = [f"'nonce-{nonce}'" if w == CSP.NONCE else w for w in words
                     if w != CSP.NONCE or nonce]  # fmt: skip
        if words:
            parts.append(f"{directive} {' '.join(str(word) for word in words)}")
    return "; ".join(parts)


class ContentSecurityPolicyMiddleware(MiddlewareMixin):
    """Adds the policy to every response that does not bring one of its own."""

    def process_request(self, request: HttpRequest) -> None:
        request._csp_nonce = LazyNonce()  # type: ignore[attr-defined]

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # Django's own debug pages bring inline script and style.
        if settings.DEBUG and response.status_code in {404, 500}:
            return response
        nonce = get_nonce(request)
        for header, name, override in (
            (CSP.HEADER_ENFORCE, "SECURE_CSP", "_csp_config"),
            (CSP.HEADER_REPORT_ONLY, "SECURE_CSP_REPORT_ONLY", "_csp_ro_config"),
        ):
            policy = getattr(response, override, None)
            if policy is None:
                policy = getattr(settings, name, None)
            if policy and header not in response:
                response.headers[str(header)] = build_policy(policy, nonce)
        return response


def _override(attribute: str, policy: Policy) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(view):

            @wraps(view)
            async def answer_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
                response = await view(request, *args, **kwargs)
                setattr(response, attribute, policy)
                return response

            return answer_async

        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            setattr(response, attribute, policy)
            return response

        return answer

    return decorate


def csp_override(policy: Policy) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: this view's responses carry ``policy`` instead of ``SECURE_CSP``; {} is none."""
    return _override("_csp_config", policy)


def csp_report_only_override(
    policy: Policy,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the same for ``SECURE_CSP_REPORT_ONLY``."""
    return _override("_csp_ro_config", policy)
