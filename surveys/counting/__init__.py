"""Counting without remembering: from sealed ballots and a private key to numbers of groups.

Pure functions over bytes: the counting process runs them for *Sealed* surveys; for *Witnessed* ones
the witness's browser does the same in ``static/surveys/count.js``, and tests hold both to one result.
"""
