"""Every write of this room. One verb, one function."""

from surveys.actions.drafts import (
    change_survey,
    copy_survey,
    create_survey,
    delete_draft,
    set_audience,
    set_sections,
)
from surveys.actions.freezing import (
    freeze_survey,
    unfreeze_survey,
)
from surveys.actions.instruments import (
    change_version,
    copy_instrument,
    create_instrument,
    create_version,
    import_instrument_file,
    load_shipped_instruments,
    retire_instrument,
)
from surveys.actions.launching import (
    launch_survey,
    set_burden_limit,
)
from surveys.actions.reviews import (
    confirm_review,
    note_key_checked,
    set_counting_key,
    set_counting_key_sealed,
)

__all__ = [
    "change_survey",
    "change_version",
    "confirm_review",
    "copy_instrument",
    "copy_survey",
    "create_instrument",
    "create_survey",
    "create_version",
    "delete_draft",
    "freeze_survey",
    "import_instrument_file",
    "launch_survey",
    "load_shipped_instruments",
    "note_key_checked",
    "retire_instrument",
    "set_audience",
    "set_burden_limit",
    "set_counting_key",
    "set_counting_key_sealed",
    "set_sections",
    "unfreeze_survey",
]
