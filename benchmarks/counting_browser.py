"""The count in the witness's browser: 3 400 ballots fetched, checked, opened and counted in Chromium.

The page's own modules and worker, served by a plain file server; beside them a clock that ticks in
the page, so that a page that hangs is seen.
"""

import functools
import http.server
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.ballots import BALLOTS
from benchmarks.report import Bound, table
from surveys.protocol.client import finish, prepare_ballot
from surveys.protocol.encoding import b64, canonical
from surveys.protocol.manifest import Manifest, parse
from surveys.protocol.sheet import Remark, Sheet
from tests.surveys.manifests import PRIVATE_KEYS, SIGNERS, manifest_document
from tests.surveys.witness.browser import FLAGS, chromium
from tests.surveys.witness.node import lay_out

MOST_SECONDS = 30.0
# A page that answers a press later than this feels stuck.
MOST_PAUSE_MS = 250.0

PAGE = "<!doctype html><title>Count</title><script type=module src=/clock.js></script>"
CLOCK = """
import { unBase64 } from '/ballot/wire.js';
window.pauses = [];
let last = performance.now();
setInterval(() => { const now = performance.now(); window.pauses.push(now - last - 10); last = now; }, 10);
window.steps = {};
window.count = async (secret, collected) => {
  const begun = performance.now();
  const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const [manifest, bundle] = [await bytes('/manifest'), await bytes('/bundle')];
  window.steps.fetched = performance.now() - begun;
  const worker = new Worker('/surveys/countworker.js', { type: 'module' });
  const found = await new Promise((resolve) => {
    worker.onmessage = ({ data }) => {
      if (data.kind === 'progress') window.steps[data.step] = performance.now() - begun;
      else resolve(data);
    };
    worker.postMessage({ manifest, bundle, secret: unBase64(secret), collected }, [bundle.buffer]);
  });
  return { ...found, ms: performance.now() - begun, steps: window.steps, pause: Math.max(...window.pauses) };
};
"""


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    if chromium() is None:
        raise SystemExit("This benchmark needs Debian's chromium on the PATH.")
    document = manifest_document()
    for cell in document["cells"]:
        cell["invited"] = BALLOTS
    manifest = parse(canonical(document))
    print(f"Sealing {BALLOTS} ballots …", flush=True)
    bundle = _bundle(manifest)
    with tempfile.TemporaryDirectory(prefix="vaffel-bench-") as name, _served(Path(name)) as origin:
        lay_out(Path(name))
        for path, data in (
            ("page.html", PAGE.encode()),
            ("clock.js", CLOCK.encode()),
            ("manifest", manifest.data),
            ("bundle", bundle),
        ):
            (Path(name) / path).write_bytes(data)
        found = _counted(origin, manifest)
    if found["result"]["ballots"] != BALLOTS or found["result"]["spoilt"]:
        raise AssertionError("not every ballot was counted")
    seconds, steps = found["ms"] / 1000, found["steps"]
    rows = [
        ("fetched", f"{len(bundle) / 1e6:.1f} MB", f"{steps['fetched'] / 1000:.1f} s"),
        ("signatures checked", str(BALLOTS), f"{steps['check'] / 1000:.1f} s"),
        ("opened", str(BALLOTS), f"{steps['open'] / 1000:.1f} s"),
        ("counted", str(BALLOTS), f"{seconds:.1f} s"),
    ]
    print(table(("until, in Chromium", "how many", "since the start"), rows))
    return [
        Bound(f"counting {BALLOTS} ballots in Chromium", seconds, most=MOST_SECONDS, unit=" s"),
        Bound("the page's longest pause", found["pause"], most=MOST_PAUSE_MS, unit=" ms"),
    ]


def _bundle(manifest: Manifest) -> bytes:
    ballots = []
    for number in range(BALLOTS):
        cell = list(manifest.cells)[number % len(manifest.cells)]
        remarks = {"open.1": Remark("Mer tid til kundene. " * 20, "team")}
        sheet = Sheet({"pulse.1": 1 + number % 5, "recommend": number % 11}, remarks)
        prepared = prepare_ballot(manifest, cell, sheet)
        ballots.append(finish(prepared, SIGNERS[cell].sign(prepared.blinded)))
    head = {"survey": manifest.survey, "manifest_sha256": manifest.hash.hex()}
    return canonical({**head, "ballots": ballots})


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


def _counted(origin: str, manifest: Manifest) -> dict[str, Any]:
    collected = dict.fromkeys(manifest.cells, BALLOTS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page()
        page.goto(f"{origin}/page.html")
        page.wait_for_function("Boolean(window.count)")
        found: dict[str, Any] = page.evaluate(
            "([secret, collected]) => window.count(secret, collected)",
            [b64(PRIVATE_KEYS[0]), collected],
        )
        browser.close()
    return found
