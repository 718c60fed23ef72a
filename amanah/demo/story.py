"""The story from the office's list to the verified log, act by act, through the public API only.

Every act may be played again: what was done is noted or found on the server, and is not done twice.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from amanah.demo.cast import Issue, gather
from amanah.demo.client import Api
from amanah.demo.closing import alerts_are_seen, figures_are_read, log_is_verified, reports_are_made, trail_is_followed
from amanah.demo.complaint import complaint_is_followed_up
from amanah.demo.frauds import frauds_are_refused, strangers_are_refused
from amanah.demo.handovers import aid_is_handed_over
from amanah.demo.register import known_to_server, list_becomes_register, register_becomes_roster
from amanah.demo.screen import Screen
from amanah.demo.sheet import DEFAULT_RECIPIENTS, DEFAULT_SEED
from amanah.demo.stage import Stage
from amanah.demo.state import State
from amanah.demo.summary import Summary
from amanah.demo.supply import goods_travel, packages, round_opens

_CONNECTIONS = 32
_TIMEOUT = 120


class OtherDemo(Exception):
    """The data folder holds a demo of other people than asked for."""


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


async def play(system: System, folder: Path, screen: Screen, recipients: int | None, seed: int | None) -> Summary:
    """Plays what is not yet played, and gives the outcome. `folder` keeps the state, the reports, and made lists.

    Raises OtherDemo when the folder holds another one, Refusal when the server says no where it should not, Unrefused
    when it does not say no where it should, and Stalled when something does not come to pass.
    """
    started = time.monotonic()
    state = State(folder / "state.json")
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        api = Api(session, system.url)
        stage = Stage(api, gather(api, system.issue), screen, state, folder, *whose(state, recipients, seed))
        if not await known_to_server(stage):
            screen.say(f"The notes in {folder} are of data that is gone; starting anew.")
            state.forget()
        elif state.get("finished"):
            screen.say("This data folder holds a finished demo already: nothing is played again, all of it is checked.")
        elif state.get("people"):
            screen.say("This data folder holds a demo that was interrupted: going on where it stood.")
        state.note("people", [stage.recipients, stage.seed])
        summary = await _acts(stage, system, started)
        state.note("finished", True)
        return summary


async def _acts(stage: Stage, system: System, started: float) -> Summary:
    screen, state = stage.screen, stage.state
    screen.act("1. The recipient list")
    await list_becomes_register(stage)
    await register_becomes_roster(stage)
    screen.act("2. The round and the goods")
    await round_opens(stage)
    await goods_travel(stage)
    screen.act("3. The handovers")
    await aid_is_handed_over(stage)
    screen.act("4. Attempts at fraud")
    await frauds_are_refused(stage)
    await strangers_are_refused(stage, system.expired(), system.foreign())
    screen.act("5. A recipient speaks")
    await complaint_is_followed_up(stage)
    screen.act("6. Figures, reports and the audit log")
    progress = await figures_are_read(stage)
    alerts = await alerts_are_seen(stage)
    reports = await reports_are_made(stage)
    entries = await trail_is_followed(stage, system.audit_key)
    verified = await log_is_verified(stage, system.audit_key, entries)
    for finding in verified.findings:
        screen.say(f"the log does not verify: {finding.path}: {finding.message}")
    return Summary(
        recipients=await _registered(stage),
        roster_size=state.get("approved")["size"],
        roster_hash=state.get("approved")["hash"],
        packages=len(packages(stage)),
        shipment_events=state.get("shipped"),
        handovers=progress["delivered"],
        handovers_refused=stage.attempts("handover").count(),
        alerts=alerts,
        cases=progress["openCases"],
        audit_entries=entries,
        tree_size=verified.size,
        audit_verified=verified.verified,
        reports=reports,
        url=system.url,
        audit_key=system.audit_key,
        tokens=stage.cast.roles,
        seconds=round(time.monotonic() - started, 1),
    )


async def _registered(stage: Stage) -> int:
    answer = await stage.cast.registrar.ask("Recipients", filter=None, first=1)
    total: int = answer["recipients"]["totalCount"]
    return total


def whose(state: State, recipients: int | None, seed: int | None) -> tuple[int, int]:
    """Number of recipients and seed of this folder's demo: as stored, else as requested, else the default.

    Raises OtherDemo when something else is asked than is noted.
    """
    asked = (recipients or DEFAULT_RECIPIENTS, DEFAULT_SEED if seed is None else seed)
    noted = state.get("people")
    if noted is None:
        return asked
    held = (int(noted[0]), int(noted[1]))
    if (recipients is not None and recipients != held[0]) or (seed is not None and seed != held[1]):
        raise OtherDemo(
            f"This data folder holds a demo of {held[0]} recipients with seed {held[1]}; "
            "give another --data for a new one, or leave --recipients and --seed out to look at this one."
        )
    return held
