"""QR codes of surveys, drawn once."""

from functools import lru_cache

from engagement.http import qr

# Everybody who is asked sees the same one, and drawing it was a third of what their page cost.
qr_drawing = lru_cache(maxsize=128)(qr.qr_drawing)
