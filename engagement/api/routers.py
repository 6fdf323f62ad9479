"""Addresses of resources: with and without the closing slash, so that no POST is lost to it."""

from rest_framework.routers import SimpleRouter


class Router(SimpleRouter):
    def __init__(self) -> None:
        super().__init__()
        # A regular expression: `reverse` writes the spelling without it.
        self.trailing_slash = "/?"
