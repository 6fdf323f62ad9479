"""What every resource has in common."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from engagement.api.throttling import rate_headers
from engagement.people.models import Person

# Keys and slugs: nothing else reaches the database.
KEY_PATTERN = "[A-Za-z0-9_-]{1,40}"
KEY_PARAMETER = OpenApiParameter("key", OpenApiTypes.STR, "path", pattern=f"^{KEY_PATTERN}$")
LOCATION = OpenApiParameter(
    "Location", OpenApiTypes.URI, "header", response=[201], description="Address of the new one."
)


class Resource(GenericViewSet):
    """Set ``read_scope`` and ``write_scope`` (see `engagement.api.models.Scope`).

    ``api_names`` says which member of the body an action's field is, where the names differ.
    """

    read_scope: ClassVar[str]
    write_scope: ClassVar[str | None] = None
    api_names: ClassVar[Mapping[str, str]] = {}
    lookup_url_kwarg = "key"
    lookup_value_regex = KEY_PATTERN

    @property
    def me(self) -> Person:
        """Who calls; `HasScope` has let nobody else in."""
        return cast(Person, self.request.user)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in rate_headers(request).items():
            response.headers[name] = value
        # Answers are personal.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def clean(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The request's body in the shape of ``serializer``; raises its mistakes."""
        checked = serializer(data=self.request.data, context=self.get_serializer_context())
        checked.is_valid(raise_exception=True)
        data: dict[str, Any] = checked.validated_data
        return data


class StrictSerializer(serializers.Serializer[Any]):
    """Shape of a body: a member it does not know is a mistake to tell of, not to swallow."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = {
                str(name)[:80]: [
                    serializers.ErrorDetail("There is no such member.", code="unknown")
                ]
                for name in data
                if name not in self.fields
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)
