"""The clock of events."""
