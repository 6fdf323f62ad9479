"""Instruments as documents: what they may say (`parse`), how they are scored, those that we ship.

Pure: no database, no Django. The files of ``data/`` are documents; whoever removes one removes the
instrument.
"""

from surveys.instruments.parse import (
    BadInstrument,
    Content,
    Item,
    Problem,
    Scale,
    Scoring,
    Words,
    parse,
    score,
)
from surveys.instruments.shipped import Template, shipped_documents, templates

__all__ = [
    "BadInstrument",
    "Content",
    "Item",
    "Problem",
    "Scale",
    "Scoring",
    "Template",
    "Words",
    "parse",
    "score",
    "shipped_documents",
    "templates",
]
