"""``python -m tests.chaos surveys``: no ballot is lost and none is double, whatever dies when.

It starts `manage.py start` with two web processes and a folder of its own, hires a small
organisation, and opens a survey at each of its six sites. While people answer (a blind signature, a pause,
the ballot, each asked for again until it is answered, some also when it was), web processes, ballot
box, both PostgreSQLs, Valkey, worker, beat, counting process and supervisor are killed. Then the
surveys close, and whoever counts, keeps, publishes and destroys is killed in the middle of it: a
lock holds them there (`tests.chaos.held`).

It proves, and ends with 1 where one of these does not hold:

* each voter gets through, and each ballot is in the box exactly once; as many were collected;
* nobody has a second ballot signed;
* each survey is counted once, with the receipts and the numbers that the voters know;
* a counting key is there until the result is kept, and gone afterwards;
* half a count is no count, and two witnesses at once make one;
* ballots are destroyed when their time is up, and the audit log says how many, once.
"""

import asyncio
import os
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks.electorate import Plan, call_up
from benchmarks.machine import free_port
from benchmarks.report import table
from benchmarks.voters import wrong_numbers
from engagement.supervisor.postgres import BallotPostgres
from surveys.protocol import merkle
from surveys.protocol.manifest import parse
from surveys.protocol.sealing import new_counting_key
from tests.chaos.counting import Counting
from tests.chaos.fieldwork import HEAD, Fieldwork
from tests.chaos.held import NobodyCame
from tests.chaos.stage import Stage
from tests.journeys.survey_now import environment_of

PEOPLE = 200
SEALED = 5
OPEN_S = 240.0
ARRIVING_S = 140.0
WHOLE_RUN_S = 900.0  # on two idle cores it takes about half of that
TOLD = """
SELECT c.ballot_count, c.root, array(
  SELECT receipt::text FROM surveys_publishedreceipt r WHERE r.count_id = c.id ORDER BY receipt)
FROM surveys_count c JOIN surveys_survey s ON s.id = c.survey_id WHERE s.key = %s
"""
NUMBERS = """
SELECT i.item_key, i.counts FROM surveys_itemstatistic i
JOIN surveys_groupstatistic g ON g.id = i.group_id JOIN surveys_count c ON c.id = g.count_id
JOIN surveys_survey s ON s.id = c.survey_id WHERE s.key = %s AND g.kind = 'whole'
"""
AUDITED = "SELECT verb, id, detail FROM people_auditentry WHERE subject = %s ORDER BY id"


async def perform(folder: Path) -> list[str]:
    """What fell short."""
    stage = Stage(
        folder,
        port=int(os.environ.get("PORT") or free_port()),
        environment={"WEB_WORKERS": "2"},
        command="start",
    )
    try:
        async with asyncio.timeout(WHOLE_RUN_S):
            return await _run(stage)
    except (TimeoutError, psycopg.Error, NobodyCame, AssertionError, httpx.HTTPError) as error:
        return [f"the run itself ended early: {error!r}"]
    finally:
        stage.stop()


async def _run(stage: Stage) -> list[str]:
    await stage.start()
    private, public = new_counting_key()
    surveys: list[tuple[str, str | None]] = [("sealed", None)] * SEALED
    plan = Plan(
        people=PEOPLE,
        seconds_open=OPEN_S,
        surveys=[*surveys, ("witnessed", public.hex())],
        seconds_to_prepare=OPEN_S,
    )
    environment = environment_of(stage.children()["web"])
    electorate = await asyncio.to_thread(call_up, plan, environment)
    *sealed, witnessed = electorate.cells
    fieldwork = Fieldwork(stage, electorate, ARRIVING_S)
    counting = Counting(stage, fieldwork, sealed, witnessed, private)
    problems: list[str] = []
    try:
        await fieldwork.run()
        box = _in_the_box(stage)
        await counting.run()
        for survey in electorate.cells:
            problems += await _differences(stage, fieldwork, survey, box[survey])
    finally:
        _report(fieldwork, counting)
    problems += [one for fault in fieldwork.faults for one in fault.problems]
    refused = Counter(fieldwork.crowd.book.errors).most_common(5)
    return [*problems, *counting.problems, *(f"{count} × {error}" for error, count in refused)]


def _in_the_box(stage: Stage) -> dict[str, list[str]]:
    """The receipts of the ballots that lie there now, by survey."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(BallotPostgres(stage.data).url) as box:
        for survey, receipt in box.execute("SELECT survey, receipt FROM ballot ORDER BY receipt"):
            found.setdefault(survey, []).append(receipt)
    return found


async def _differences(
    stage: Stage, fieldwork: Fieldwork, survey: str, boxed: list[str]
) -> list[str]:
    voters = fieldwork.of(survey)
    mine = sorted(voter.prepared.receipt for voter in voters if voter.is_through)
    wrong = []
    if boxed != mine:
        wrong.append(f"{len(set(mine) - set(boxed))} lost, {len(set(boxed) - set(mine))} unknown")
    [(collected,)] = stage.rows(
        "SELECT sum(collected_count) FROM surveys_cell c JOIN surveys_survey s ON s.id = c.survey_id"
        " WHERE s.key = %s",
        [survey],
    )
    if collected != len(mine):
        wrong.append(f"{collected} collected, {len(mine)} were cast")
    told = [(count, root, list(receipts)) for count, root, receipts in stage.rows(TOLD, [survey])]
    if told != [(len(mine), merkle.root(mine), mine)]:
        wrong.append(f"{len(told)} counts, of {[one[0] for one in told]} ballots, {len(mine)} cast")
    published = await _published(stage, survey)
    if (published["receipts"], published["root"]) != (mine, merkle.root(mine)):
        wrong.append("the box publishes other receipts")
    sheets = [voter.sheet for voter in voters if voter.is_through]
    told_numbers = dict(stage.rows(NUMBERS, [survey]))
    wrong += wrong_numbers(parse(fieldwork.manifests[survey]), sheets, told_numbers)
    wrong += _wrong_ends(stage, survey, len(mine))
    return [f"{survey}: {one}" for one in wrong]


async def _published(stage: Stage, survey: str) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False) as reader:
        url = f"http://127.0.0.1:{stage.port + 1}/surveys/{survey}/receipts.json"
        found: dict[str, Any] = (await reader.get(url)).json()
        return found


def _wrong_ends(stage: Stage, survey: str, cast: int) -> list[str]:
    """How the ballots and the key came to their end, as the audit log tells it."""
    entries = stage.rows(AUDITED, [survey])
    times = Counter(verb for verb, _, _ in entries)
    order = {verb: number for verb, number, _ in entries}
    detail = {verb: found for verb, _, found in entries}
    wrong = [
        f"{verb} stands {times[verb]} times in the audit log"
        for verb in ("survey_counted", "ballots_destroyed")
        if times[verb] != 1
    ]
    if "counting_key_made" in times:
        if times["counting_key_destroyed"] != 1:
            wrong.append(f"its key was destroyed {times['counting_key_destroyed']} times")
        elif order["counting_key_destroyed"] < order.get("survey_counted", 0):
            wrong.append("its key was destroyed before it was counted")
    destroyed = detail.get("ballots_destroyed", {}).get("ballots")
    if destroyed != cast:
        wrong.append(f"{destroyed} ballots were destroyed, {cast} were cast")
    if left := _in_the_box(stage).get(survey):
        wrong.append(f"{len(left)} ballots are still there")
    return wrong


def _report(fieldwork: Fieldwork, counting: Counting) -> None:
    print("\n" + table(HEAD, [fault.cells() for fault in fieldwork.faults]))
    print("\n" + table(["while", "killed", "counting keys"], counting.points))
    through = sum(voter.is_through for voter in fieldwork.voters)
    print(f"\n{through} of {len(fieldwork.voters)} ballots are through", flush=True)
