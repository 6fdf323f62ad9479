"""The REST resources of events."""
