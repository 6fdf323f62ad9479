"""From a roster file to a plan: reading, understanding, comparing. Nothing here writes.

Downwards: `reasons` and `columns` → `values` → `rows` → `world` → `plan` → `comparing`.
The verbs (upload, read, confirm, abandon, purge) are in `people.actions.roster`.
"""
