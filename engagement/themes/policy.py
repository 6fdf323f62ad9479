"""Content policies of the two pages that stand in one another: a day, and its wall in a frame."""

from django.conf import settings

from engagement.http.csp import CSP, Policy

FRAMING: Policy = settings.SECURE_CSP | {"frame-src": [CSP.SELF]}
FRAMED: Policy = settings.SECURE_CSP | {"frame-ancestors": [CSP.SELF]}
