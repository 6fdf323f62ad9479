"""`make chaos`: the real platform is broken on purpose while people work, and nothing may be lost.

Three parts, one after the other; ``python -m tests.chaos people``, ``surveys`` or ``mail`` runs one of
them. What happens to surveys is told in `tests.chaos.surveys`, what happens to mails in
`tests.chaos.mailing`; this is what happens to people's thanks.

It starts `manage.py demo` with two web processes and a data folder of its own. Writers give about
five thank-yous a second through the form and the API, and send each again with the same ``once`` or
``Idempotency-Key`` until it is answered. A dozen screens follow the wall protocol (docs/wall-protocol.md)
like ``link.js`` does, and one real Chromium shows a wall. Meanwhile PostgreSQL, the worker, the
supervisor, Valkey, a web process and the mail server die one after the other, and a screen loses its
network.

It proves, and ends with 1 where one of these does not hold:

* an answered thank-you is there exactly once; one that was never answered, at most once;
* each screen ends with the cards the database says, none twice, none withdrawn;
* each due mail leaves, and none twice by its Message-ID but for the window of decision 0031 (the server
  has said yes and who sent it dies before it is noted);
* what clients get while something is away is a page or problem made for that (503 with Retry-After),
  within seconds, and never a stack trace;
* ``/readyz`` says what is true;
* everything comes back by itself.

Only what it started is ended, by its process id. Linux only: children are found in ``/proc``. About five
minutes each, the mails three. ``DATA_DIR`` (a folder to make the data folder in) and ``PORT`` may be set.
"""
