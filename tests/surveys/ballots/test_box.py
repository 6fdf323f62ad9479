"""The ballot box: what it takes, what it refuses, what it gives out and when."""

import asyncio
import datetime as dt
import secrets
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.ballots import app, http, store
from surveys.protocol import client as voter
from surveys.protocol import manifest, merkle
from surveys.protocol.capability import issue_capability
from surveys.protocol.encoding import b64, canonical
from surveys.protocol.sheet import Sheet
from tests.surveys.ballots.conftest import BASE_URL, TOKEN, Run
from tests.surveys.manifests import SIGNERS, manifest_bytes, manifest_document

KEY = manifest_document()["survey"]
CONTROL = {"authorization": f"Bearer {TOKEN}"}
CAST = f"/surveys/{KEY}/cast"


def ballot(data: bytes, cell: str = "c001", **answers: int) -> dict[str, str]:
    prepared = voter.prepare_ballot(manifest.parse(data), cell, Sheet(answers, {}))
    return voter.finish(prepared, SIGNERS[cell].sign(prepared.blinded))


async def put(client: httpx.AsyncClient, data: bytes) -> httpx.Response:
    return await client.put(f"/control/surveys/{KEY}", content=data, headers=CONTROL)


async def close(client: httpx.AsyncClient) -> None:
    """The clock goes on by two days past the end."""
    box: Any = client.box  # type: ignore[attr-defined]
    async with box.pool.connection() as db:
        await db.execute(
            "UPDATE survey SET opens_at = opens_at - interval '20 days',"
            " closes_at = now() - interval '2 days'"
        )


def bundle_headers(**said: Any) -> dict[str, str]:
    expires = int(dt.datetime.now(dt.UTC).timestamp()) + 60
    wanted = {"survey": KEY, "purpose": "bundle", "expires": expires, **said}
    return {"authorization": f"Bearer {issue_capability(TOKEN, **wanted)}"}


def test_ballot_goes_in_and_comes_out(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)
    ballots = [ballot(data, **{"pulse.1": 3}), ballot(data, "c002")]

    async def talk(client: httpx.AsyncClient) -> None:
        assert (await put(client, data)).status_code == 201
        assert (await put(client, data)).status_code == 204
        for one in [*ballots, ballots[0]]:
            answer = await client.post(CAST, json=one)
            assert (answer.status_code, answer.content) == (204, b"")
            assert "set-cookie" not in answer.headers
        too_early = await client.get(f"/surveys/{KEY}/bundle", headers=bundle_headers())
        assert too_early.status_code == 409
        status = await client.get(f"/control/surveys/{KEY}", headers=CONTROL)
        assert status.json() == {"state": "open", "ballots": None}
        await close(client)
        found = await client.get(
            f"/surveys/{KEY}/bundle", headers={**bundle_headers(), "origin": BASE_URL}
        )
        assert found.headers["access-control-allow-origin"] == BASE_URL
        assert found.headers["x-ballot-count"] == "2"
        bundle = found.json()
        assert bundle["manifest_sha256"] == manifest.manifest_hash(data).hex()
        assert sorted(map(canonical, bundle["ballots"])) == sorted(map(canonical, ballots))
        status = await client.get(f"/control/surveys/{KEY}", headers=CONTROL)
        assert status.json() == {"state": "closed", "ballots": 2}

    in_box(talk)


def test_receipts_come_after_the_count_and_ballots_go(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)
    receipts = ["0" * 20, "f" * 20]
    count = {"receipts": receipts, "root": merkle.root(receipts)}

    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, data)
        await client.post(CAST, json=ballot(data))
        path = f"/control/surveys/{KEY}"
        assert (await client.get(f"/surveys/{KEY}/receipts.json")).status_code == 404
        early = await client.post(f"{path}/counted", json=count, headers=CONTROL)
        assert early.status_code == 409
        assert (await client.post(f"{path}/destroy", headers=CONTROL)).status_code == 409
        await close(client)
        for _ in range(2):
            done = await client.post(f"{path}/counted", json=count, headers=CONTROL)
            assert done.status_code == 204
        other = await client.post(f"{path}/counted", json={**count, "root": "x"}, headers=CONTROL)
        assert other.status_code == 409
        assert (await client.post(f"{path}/cancel", headers=CONTROL)).status_code == 409
        found = await client.get(f"/surveys/{KEY}/receipts.json")
        assert found.json() == {"survey": KEY, "count": 2, **count}
        gone = await client.post(f"{path}/destroy", headers=CONTROL)
        assert gone.json() == {"destroyed": 1}
        # Who was cut off and asks again is told the same.
        again = await client.post(f"{path}/destroy", headers=CONTROL)
        assert again.json() == {"destroyed": 1}
        late = await client.get(f"/surveys/{KEY}/bundle", headers=bundle_headers())
        assert late.status_code == 410

    in_box(talk)


def test_cancelled_survey_destroys_unread_and_takes_no_more(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)

    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, data)
        await client.post(CAST, json=ballot(data))
        gone = await client.post(f"/control/surveys/{KEY}/cancel", headers=CONTROL)
        assert gone.json() == {"destroyed": 1}
        again = await client.post(f"/control/surveys/{KEY}/cancel", headers=CONTROL)
        assert again.json() == {"destroyed": 1}
        assert (await client.post(CAST, json=ballot(data))).status_code == 410
        await close(client)
        late = await client.get(f"/surveys/{KEY}/bundle", headers=bundle_headers())
        assert late.status_code == 410

    in_box(talk)


def test_survey_is_extended_while_open_and_later_only(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)
    closes_at = manifest.parse(data).closes_at
    path = f"/control/surveys/{KEY}/extend"

    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, data)
        for shift, status in ((1, 204), (1, 204), (0, 409), (-9, 409), (3, 204)):
            later = {"closes_at": (closes_at + dt.timedelta(days=shift)).isoformat()}
            answer = await client.post(path, json=later, headers=CONTROL)
            assert answer.status_code == status, shift
        for wrong in ({}, {"closes_at": "soon"}, {"closes_at": "2030-01-01T00:00:00"}):
            answer = await client.post(path, json=wrong, headers=CONTROL)
            assert answer.status_code == 400
        await close(client)
        answer = await client.post(
            path, json={"closes_at": "2099-01-01T00:00:00Z"}, headers=CONTROL
        )
        assert answer.status_code == 409, "a closed survey is never reopened"

    in_box(talk)


def _changed(one: dict[str, str], name: str, size: int) -> dict[str, str]:
    return {**one, name: b64(secrets.token_bytes(size))}


def test_abuse_of_cast_is_refused_and_leaves_nothing(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)
    good = ballot(data)
    elsewhere = ballot(manifest_bytes(page_sha256=ballot_page, level="sealed"))
    abuses: list[tuple[str, dict[str, Any], int]] = [
        ("forged signature", {"json": _changed(good, "sig", 256)}, 403),
        ("altered ballot", {"json": _changed(good, "sealed", 8240)}, 403),
        ("other prefix", {"json": _changed(good, "prefix", 32)}, 403),
        ("key of another cell", {"json": {**good, "cell": "c002"}}, 403),
        ("another survey's ballot", {"json": elsewhere}, 403),
        ("no such cell", {"json": {**good, "cell": "c999"}}, 404),
        ("cell that is no text", {"json": {**good, "cell": ["c001"]}}, 404),
        ("one byte short", {"json": _changed(good, "sealed", 8239)}, 400),
        ("one byte long", {"json": _changed(good, "sealed", 8241)}, 400),
        ("short signature", {"json": _changed(good, "sig", 255)}, 400),
        ("extra field", {"json": {**good, "person": "p1"}}, 400),
        ("missing field", {"json": {"cell": "c001"}}, 400),
        ("number for text", {"json": {**good, "sig": 5}}, 400),
        ("padding in base 64", {"json": {**good, "prefix": good["prefix"] + "="}}, 400),
        ("cookie", {"json": good, "headers": {"cookie": "session=1"}}, 400),
        ("authorization", {"json": good, "headers": {"authorization": "Bearer x"}}, 400),
        ("form", {"data": good}, 415),
        ("list", {"json": [good]}, 400),
        ("key twice", {"content": b'{"cell":"c001","cell":"c001"}',
                       "headers": {"content-type": "application/json"}}, 400),
        ("huge", {"json": {**good, "sealed": "A" * 40_000}}, 413),
        ("deep", {"content": b"[" * 9000, "headers": {"content-type": "application/json"}}, 400),
    ]  # fmt: skip

    async def talk(client: httpx.AsyncClient) -> None:
        assert (await client.post(CAST, json=good)).status_code == 404, "before the manifest"
        await put(client, data)
        for name, request, status in abuses:
            answer = await client.post(CAST, **request)
            assert answer.status_code == status, name
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == status
        box: Any = client.box  # type: ignore[attr-defined]
        assert await store.count_ballots(box.pool, KEY) == 0

    in_box(talk)


def test_body_that_comes_too_slowly_or_breaks_off_is_refused(
    in_box: Run, ballot_page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BODY_SECONDS", 0.1)
    start = {"type": "http.request", "body": b'{"cell":', "more_body": True}

    async def status(box: Any, *then: dict[str, Any]) -> int:
        waiting, sent = [start, *then], []

        async def receive() -> dict[str, Any]:
            if not waiting:
                await asyncio.Event().wait()
            return waiting.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": CAST, "headers": headers}
        await box(scope, receive, send)
        return int(sent[0]["status"])

    async def talk(client: httpx.AsyncClient) -> None:
        box: Any = client.box  # type: ignore[attr-defined]
        await put(client, manifest_bytes(page_sha256=ballot_page))
        assert await status(box) == 408
        assert await status(box, {"type": "http.disconnect"}) == 400

    in_box(talk)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b"null", b"[]", b'"x"', b"1" * 5000, b'{"cell":NaN}',
        b'{"cell":"\\ud800"}', b'{"a":' * 5000, b"[[" * 15000, b"\x00", b'{"cell":"c001"}x',
    ],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_doubtful_body_is_a_problem_of_the_sender(
    in_box: Run, ballot_page: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, manifest_bytes(page_sha256=ballot_page))
        headers = {"content-type": "application/json"}
        answer = await client.post(CAST, content=body, headers=headers)
        assert answer.status_code == 400
        assert set(answer.json()) == {"type", "title", "status", "detail"}

    in_box(talk)
    assert [record for record in caplog.records if record.name == "ballots"] == []


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["cell", "prefix", "sig", "sealed", "time", ""]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2),
    )
)
def test_no_document_but_a_ballot_is_taken(document: dict[str, Any]) -> None:
    data = manifest.parse(manifest_bytes())
    with pytest.raises(http.Problem) as refused:
        app._checked(document, data)
    assert refused.value.status == 400


def test_every_answer_says_what_browsers_must_not_do(in_box: Run, ballot_page: str) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, manifest_bytes(page_sha256=ballot_page))
        for method, path in (
            ("GET", "/healthz"),
            ("HEAD", "/healthz"),
            ("GET", "/nowhere"),
            ("GET", "/surveys/" + "s" * 400 + "/"),
            ("GET", "/surveys/%2e%2e/"),
            ("GET", f"/surveys/{KEY}/"),
            ("GET", f"/surveys/{KEY}/manifest.json"),
            ("GET", f"/surveys/{KEY}/receipts.json"),
            ("GET", f"/surveys/{KEY}/bundle"),
            ("OPTIONS", f"/surveys/{KEY}/bundle"),
            ("DELETE", CAST),
            ("POST", CAST),
            ("GET", "/control/page"),
        ):
            answer = await client.request(method, path)
            assert answer.headers["cache-control"] == "no-store", path
            assert answer.headers["referrer-policy"] == "no-referrer", path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["content-security-policy"].startswith("default-src 'none'"), path
            assert "set-cookie" not in answer.headers
            assert "date" not in answer.headers
            assert answer.status_code < 500

    in_box(talk)


def test_same_ballot_from_many_sides_at_once_is_one(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)
    one, others = ballot(data), [ballot(data) for _ in range(6)]

    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, data)
        answers = await asyncio.gather(
            *(client.post(CAST, json=body) for body in [*[one] * 20, *others])
        )
        assert {answer.status_code for answer in answers} == {204}
        box: Any = client.box  # type: ignore[attr-defined]
        assert await store.count_ballots(box.pool, KEY) == 7

    in_box(talk)


def test_no_ballot_outlives_the_cancellation_it_raced(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)
    one = ballot(data)

    async def talk(client: httpx.AsyncClient) -> None:
        box: Any = client.box  # type: ignore[attr-defined]
        await put(client, data)
        async with box.pool.connection() as cancelling:
            # What `store.cancel` does, stopped between its last statement and its commit.
            await cancelling.execute("UPDATE survey SET is_cancelled = true, is_destroyed = true")
            await cancelling.execute("DELETE FROM ballot")
            casting = asyncio.create_task(client.post(CAST, json=one))
            done, _ = await asyncio.wait({casting}, timeout=0.5)
            assert not done, "it waits for the cancellation"
        assert (await casting).status_code == 410
        assert await store.count_ballots(box.pool, KEY) == 0

    in_box(talk)


def test_cancelled_and_cast_at_once_leaves_no_ballot(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)
    many = [ballot(data) for _ in range(20)]

    async def talk(client: httpx.AsyncClient) -> None:
        box: Any = client.box  # type: ignore[attr-defined]
        await put(client, data)
        cancel = client.post(f"/control/surveys/{KEY}/cancel", headers=CONTROL)
        calls = [client.post(CAST, json=one) for one in many]
        answers = await asyncio.gather(*calls[:10], cancel, *calls[10:])
        statuses = {answer.status_code for answer in [*answers[:10], *answers[11:]]}
        assert statuses <= {204, 410}
        assert answers[10].status_code == 200
        assert await store.count_ballots(box.pool, KEY) == 0

    in_box(talk)


def test_cast_gives_up_long_before_the_bundle_is_out(
    in_box: Run, ballot_page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dt.timedelta(seconds=app.CAST_SECONDS) < store.BUNDLE_AFTER - store.CAST_GRACE
    monkeypatch.setattr(app, "CAST_SECONDS", 0.3)
    data = manifest_bytes(page_sha256=ballot_page)
    one = ballot(data)

    async def talk(client: httpx.AsyncClient) -> None:
        box: Any = client.box  # type: ignore[attr-defined]
        await put(client, data)
        async with box.pool.connection() as slow:
            await slow.execute("UPDATE survey SET closes_at = closes_at")
            answer = await client.post(CAST, json=one)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            await slow.rollback()
        assert await store.count_ballots(box.pool, KEY) == 0
        assert (await client.post(CAST, json=one)).status_code == 204

    in_box(talk)


@pytest.mark.parametrize("shift_days", [2, -20])
def test_ballots_come_while_the_survey_is_open_only(
    in_box: Run, ballot_page: str, shift_days: int
) -> None:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=shift_days)
    data = manifest_bytes(
        page_sha256=ballot_page,
        opens_at=now.isoformat().replace("+00:00", "Z"),
        closes_at=(now + dt.timedelta(days=7)).isoformat().replace("+00:00", "Z"),
    )

    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, data)
        assert (await client.post(CAST, json=ballot(data))).status_code == 410

    in_box(talk)


def test_control_and_bundle_need_their_words(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)

    async def talk(client: httpx.AsyncClient) -> None:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}):
            for method, path in (
                ("PUT", f"/control/surveys/{KEY}"),
                ("GET", f"/control/surveys/{KEY}"),
                ("GET", "/control/page"),
                ("POST", f"/control/surveys/{KEY}/cancel"),
                ("POST", f"/control/surveys/{KEY}/destroy"),
                ("POST", f"/control/surveys/{KEY}/extend"),
                ("POST", f"/control/surveys/{KEY}/counted"),
            ):
                answer = await client.request(method, path, headers=headers)
                assert answer.status_code == 401, (method, path)
        await put(client, data)
        await close(client)
        for headers in (
            {},
            CONTROL,
            bundle_headers(survey="sother"),
            bundle_headers(purpose="other"),
            bundle_headers(expires=1),
        ):
            answer = await client.get(f"/surveys/{KEY}/bundle", headers=headers)
            assert answer.status_code == 401

    in_box(talk)


def test_manifest_is_kept_once_and_checked(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)

    async def talk(client: httpx.AsyncClient) -> None:
        assert (await put(client, manifest_bytes())).status_code == 422, "another page"
        assert (await put(client, b"{}")).status_code == 422
        assert (await put(client, manifest_bytes(survey="s1"))).status_code == 422
        assert (await put(client, data)).status_code == 201
        other = manifest_bytes(page_sha256=ballot_page, organisation="Others")
        assert (await put(client, other)).status_code == 409
        found = await client.get(f"/surveys/{KEY}/manifest.json", headers={"origin": BASE_URL})
        assert found.content == data
        assert found.headers["access-control-allow-origin"] == BASE_URL
        stranger = await client.get(
            f"/surveys/{KEY}/manifest.json", headers={"origin": "https://evil.example"}
        )
        assert "access-control-allow-origin" not in stranger.headers

    in_box(talk)


def test_page_runs_its_own_script_and_nothing_else(in_box: Run, ballot_page: str) -> None:
    data = manifest_bytes(page_sha256=ballot_page)

    async def talk(client: httpx.AsyncClient) -> None:
        assert (await client.get(f"/surveys/{KEY}/")).status_code == 404
        await put(client, data)
        page = await client.get(f"/surveys/{KEY}/")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "unsafe" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "set-cookie" not in page.headers
        assert b"const one = 1;" in page.content
        assert b"url(data:font/woff2;base64,d09GMg" in page.content
        assert "font-src data:" in policy
        assert b"import" not in page.content
        assert b"export" not in page.content
        same = await client.get("/surveys/cast/")
        assert same.content == page.content
        head = await client.head(f"/surveys/{KEY}/")
        assert (head.status_code, head.content) == (200, b"")
        assert (await client.get("/nothing")).status_code == 404
        wrong = await client.get(CAST)
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST, OPTIONS")

    in_box(talk)


def test_schema_holds_nothing_that_could_tell_who_or_when(in_box: Run, ballot_page: str) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, manifest_bytes(page_sha256=ballot_page))
        box: Any = client.box  # type: ignore[attr-defined]
        async with box.pool.connection() as db:
            columns = await (
                await db.execute(
                    "SELECT column_name, data_type, column_default FROM information_schema.columns"
                    " WHERE table_name = 'ballot' ORDER BY column_name"
                )
            ).fetchall()
            sequences = await (await db.execute("SELECT count(*) FROM pg_sequences")).fetchone()
        assert columns == [
            ("cell", "text", None), ("prefix", "bytea", None), ("receipt", "text", None),
            ("sealed", "bytea", None), ("sig", "bytea", None), ("survey", "text", None),
        ]  # fmt: skip
        assert sequences == (0,)

    in_box(talk)


def test_log_says_nothing_of_requests(
    in_box: Run, ballot_page: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = manifest_bytes(page_sha256=ballot_page)

    async def talk(client: httpx.AsyncClient) -> None:
        await put(client, data)
        await client.post(CAST, json=ballot(data))
        await client.post(CAST, json={"cell": "c001"})

    in_box(talk)
    own = [record for record in caplog.records if record.name.startswith("ballots")]
    assert own == []


def test_database_away_is_said_and_nothing_is_taken(ballot_database: str) -> None:
    from surveys.ballots.app import BallotBox

    away = psycopg.conninfo.make_conninfo(ballot_database, dbname="not_there")

    async def talk() -> httpx.Response:
        box = BallotBox(database_url=away, base_url=BASE_URL, token=TOKEN)
        await box.pool.open()
        transport = httpx.ASGITransport(app=box)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:1") as client:
            answer = await client.get(f"/surveys/{KEY}/manifest.json")
        await box.pool.close()
        return answer

    answer = asyncio.run(talk())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
