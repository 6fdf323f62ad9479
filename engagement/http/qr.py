"""QR codes as drawings that need no styles of their own. All bear the same damage: a seventh of them."""

import segno
from django.utils.safestring import SafeString, mark_safe

PAGE_INK = "#0a1a2e"


def qr_drawing(text: str, *, ink: str = PAGE_INK) -> SafeString:
    """``text``, which is ours, as inline SVG for a page or paper, with a border and in ``ink``. Not kept:
    it may hold a secret."""
    drawing = _square(text).svg_inline(
        scale=4, border=2, omitsize=True, svgclass="qr", lineclass=None, dark=ink
    )
    return mark_safe(drawing)  # noqa: S308


def qr_for_wall(text: str, *, border: int = 0) -> str:
    """``text`` as inline SVG as large as what it stands in. A wall puts it on white."""
    return _square(text).svg_inline(border=border, omitsize=True, svgclass=None, lineclass=None)


def qr_image(text: str) -> str:
    """``text`` as the address of a picture (``data:``), without a border."""
    return _square(text).svg_data_uri(border=0)


def _square(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False)
