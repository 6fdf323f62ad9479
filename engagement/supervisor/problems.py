"""What stops a start: one sentence that says what, why and what to do."""


class CannotStart(Exception):
    """Shown to the administrator as it is, without a traceback; the exit code is 1."""
