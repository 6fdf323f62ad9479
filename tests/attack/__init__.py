"""`make attack`: an attacker with everything on the server wants to know who answered what.

It starts `manage.py start` on two PostgreSQL clusters of its own that archive their WAL, founds an
organisation and lets it answer eight surveys over HTTP, in random order, four people at a time; people
come and go, two teams merge, one splits. Who wrote what is known to the program for scoring only. Then:

* S1 rows, S2 WAL, dumps, backups and files, S3 schema and settings, S4 logs (`linking`, `wal`, `traces`,
  `schema`);
* S5 the protocol misused, S6 vectors and other people's code, S7 the blinding, S8 bad bundles, S9 a real
  browser (`abuse`, `vectors`, `blindness`, `bundles`, `browser`);
* P6 what pages tell of taking part, P7 what comments tell (`signals`, `bands`, `comments`).

Each attack is also let loose on something that leaks, such as the usual design with two tables, and the
run fails when it is not caught there. docs/attack.md says what is required and what is assumed.

``python -m tests.attack --people 650 --rounds 8 --seed 1``; in `make`, ``make attack ATTACK=--people=200``.
``DATA_DIR`` (a folder to make the data folder in) and ``PORT`` may be set. Linux only.
"""
