"""QR codes as drawings that need no styles of their own."""

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe


# Everybody who is asked sees the same one, and drawing it was a third of what their page cost.
@lru_cache(maxsize=128)
def qr_drawing(text: str) -> SafeString:
    """``text``, which is ours, as inline SVG in the colour of the text around it."""
    drawing = segno.make(text, error="m").svg_inline(
        scale=4, border=2, omitsize=True, svgclass="qr", lineclass=None, dark="#0a1a2e"
    )
    return mark_safe(drawing)  # noqa: S308
