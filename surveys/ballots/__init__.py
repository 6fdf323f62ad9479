"""The ballot box: a process and a database of its own that know surveys and sealed ballots, and
nobody. It imports the protocol and nothing else of the house."""
