"""The documentation page and the document behind it. Open to all: they tell nothing of people."""

from typing import Any

from django.conf import settings
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.http.csp import csp_override

# Swagger UI sets style attributes; only this page allows them, and no script of its own.
DOCS_CSP = {**settings.SECURE_CSP, "style-src": ["'self'"], "style-src-attr": ["'unsafe-inline'"]}


class SchemaView(SpectacularAPIView):
    """The OpenAPI document; JSON for those who accept that."""


@method_decorator(csp_override(DOCS_CSP), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own files."""

    template_name = "api/docs.html"
    url_name = "api:schema"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().get(request, *args, **kwargs)
        # Swagger's sign-in with other services needs an open opener; we have none.
        response.headers.pop("Cross-Origin-Opener-Policy", None)
        return response
