"""The ballot protocol in pure functions: the same for the identity origin, the ballot box, the
counter and every test. No Django, no database, no clock. The whole is told in docs/ballots.md."""
