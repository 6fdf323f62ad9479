"""Every write of this room. One verb, one function."""

from surveys.actions.clock import close_surveys, purge_surveys
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
from surveys.actions.plans import (
    confirm_plan,
    create_plan,
    end_plan,
    pause_plan,
    resume_plan,
    set_feedback_owner,
)
from surveys.actions.reviews import (
    confirm_review,
    note_key_checked,
    set_counting_key,
    set_counting_key_sealed,
)
from surveys.actions.rounds import launch_due_rounds, make_due_rounds

__all__ = [
    "change_survey",
    "change_version",
    "close_surveys",
    "confirm_plan",
    "confirm_review",
    "copy_instrument",
    "copy_survey",
    "create_instrument",
    "create_plan",
    "create_survey",
    "create_version",
    "delete_draft",
    "end_plan",
    "freeze_survey",
    "import_instrument_file",
    "launch_due_rounds",
    "launch_survey",
    "load_shipped_instruments",
    "make_due_rounds",
    "note_key_checked",
    "pause_plan",
    "purge_surveys",
    "resume_plan",
    "retire_instrument",
    "set_audience",
    "set_burden_limit",
    "set_counting_key",
    "set_counting_key_sealed",
    "set_feedback_owner",
    "set_sections",
    "unfreeze_survey",
]
