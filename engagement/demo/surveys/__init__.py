"""The demo's surveys: a counted history, one that is open, and one that waits for its witness."""
