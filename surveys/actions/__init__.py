"""Every write of this room. One verb, one function."""

from surveys.actions.instruments import (
    change_version,
    copy_instrument,
    create_instrument,
    create_version,
    import_instrument_file,
    load_shipped_instruments,
    retire_instrument,
)

__all__ = [
    "change_version",
    "copy_instrument",
    "create_instrument",
    "create_version",
    "import_instrument_file",
    "load_shipped_instruments",
    "retire_instrument",
]
