"""The story from the office's list to the verified log, part by part, through the public API only.

Every part may run again: its results are stored or found on the server, and nothing is done twice.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from amanah.demo.client import Api
from amanah.demo.complaint import file_complaint
from amanah.demo.context import DemoContext
from amanah.demo.fraud import attempt_access, attempt_fraud
from amanah.demo.handovers import hand_over_aid
from amanah.demo.register import approve_roster, import_list, server_has_import
from amanah.demo.results import generate_reports, show_alerts, show_audit_trail, show_figures, verify_served_log
from amanah.demo.screen import Screen
from amanah.demo.sheet import DEFAULT_RECIPIENTS, DEFAULT_SEED
from amanah.demo.state import DemoState
from amanah.demo.summary import Summary
from amanah.demo.supply import open_round, packages, ship_goods
from amanah.demo.users import Issue, create_users

_CONNECTIONS = 32
_TIMEOUT = 120


class OtherDemo(Exception):
    """The data folder holds a demo with another number of recipients or another seed."""


@dataclass(frozen=True)
class System:
    """The running system: where it is, its log's public key, and tokens of its trial issuer.

    `expired` and `foreign` give tokens that must not be accepted.
    """

    url: str
    audit_key: str
    issue: Issue
    expired: Callable[[], str]
    foreign: Callable[[], str]


async def play_story(system: System, folder: Path, screen: Screen, recipients: int | None, seed: int | None) -> Summary:
    """Plays the parts that remain, and returns the summary. `folder` keeps the state, the reports, and made lists.

    Raises OtherDemo when the folder holds another demo, ApiError for an unexpected refusal, NotRefused for a missing one,
    and WaitTimeout when a result does not come in time.
    """
    started = time.monotonic()
    state = DemoState(folder / "state.json")
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        api = Api(session, system.url)
        context = DemoContext(
            api, create_users(api, system.issue), screen, state, folder, *choose_people(state, recipients, seed)
        )
        if not await server_has_import(context):
            screen.say(f"The state in {folder} belongs to data that was deleted. Starting from the beginning.")
            state.forget()
        elif state.get("finished"):
            screen.say("This data folder holds a finished demo. Nothing is repeated; everything is checked.")
        elif state.get("people"):
            screen.say("This data folder holds an interrupted demo. Continuing where it stopped.")
        state.note("people", [context.recipients, context.seed])
        summary = await _parts(context, system, started)
        state.note("finished", True)
        return summary


async def _parts(context: DemoContext, system: System, started: float) -> Summary:
    screen, state = context.screen, context.state
    screen.heading("1. The recipient list")
    await import_list(context)
    await approve_roster(context)
    screen.heading("2. The round and the goods")
    await open_round(context)
    await ship_goods(context)
    screen.heading("3. The handovers")
    await hand_over_aid(context)
    screen.heading("4. Attempts at fraud")
    await attempt_fraud(context)
    await attempt_access(context, system.expired(), system.foreign())
    screen.heading("5. A complaint")
    await file_complaint(context)
    screen.heading("6. Figures, reports and the audit log")
    progress = await show_figures(context)
    alerts = await show_alerts(context)
    reports = await generate_reports(context)
    entries = await show_audit_trail(context, system.audit_key)
    verified = await verify_served_log(context, system.audit_key, entries)
    for finding in verified.findings:
        screen.say(f"the log does not verify: {finding.path}: {finding.message}")
    return Summary(
        recipients=await _registered(context),
        roster_size=state.get("approved")["size"],
        roster_hash=state.get("approved")["hash"],
        packages=len(packages(context)),
        shipment_events=state.get("shipped"),
        handovers=progress["delivered"],
        handovers_refused=context.attempts("handover").count(),
        alerts=alerts,
        cases=progress["openCases"],
        audit_entries=entries,
        tree_size=verified.size,
        audit_verified=verified.verified,
        reports=reports,
        url=system.url,
        audit_key=system.audit_key,
        tokens=context.users.tokens,
        seconds=round(time.monotonic() - started, 1),
    )


async def _registered(context: DemoContext) -> int:
    answer = await context.users.registrar.ask("Recipients", filter=None, first=1)
    total: int = answer["recipients"]["totalCount"]
    return total


def choose_people(state: DemoState, recipients: int | None, seed: int | None) -> tuple[int, int]:
    """Number of recipients and seed of this folder's demo: as stored, else as requested, else the default.

    Raises OtherDemo for a request that differs from the stored values.
    """
    asked = (recipients or DEFAULT_RECIPIENTS, DEFAULT_SEED if seed is None else seed)
    noted = state.get("people")
    if noted is None:
        return asked
    held = (int(noted[0]), int(noted[1]))
    if (recipients is not None and recipients != held[0]) or (seed is not None and seed != held[1]):
        raise OtherDemo(
            f"This data folder holds a demo of {held[0]} recipients with seed {held[1]}; "
            "choose another --data for a new one, or leave --recipients and --seed out to continue this one."
        )
    return held
