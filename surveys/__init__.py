"""Surveys: instruments, rounds, ballots and releases. Comes with the next slice."""
