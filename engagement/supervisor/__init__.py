"""Starts and watches everything the platform is made of. No models, no Django while watching.

``folder`` (the data folder) → ``processes`` (one child) → ``postgres``, ``valkey`` (the embedded
services) → ``supervisor`` (children, restarts, stopping) → ``launch`` (what `make start` does).
"""
