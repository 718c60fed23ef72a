"""Killed at any moment and started again, it loses no accepted handover, doubles none, and the log still verifies."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from amanah.cli.embedded import free_port

PEOPLE = 24
KILLS = 20
AMANAH = (sys.executable, "-m", "amanah")

pytestmark = pytest.mark.slow


def _start(folder: Path, summary: Path) -> "subprocess.Popen[str]":
    asked = ["demo", "--recipients", str(PEOPLE), "--exit", "--json", str(summary), "--data", str(folder)]
    with (folder.parent / "output.txt").open("a") as output:
        return subprocess.Popen([*AMANAH, *asked, "--port", str(free_port())], stdout=output, stderr=output, text=True)


def _uninterrupted(folder: Path) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    summary = folder.parent / f"{folder.name}.json"
    process = _start(folder, summary)
    assert process.wait(240) == 0, (folder.parent / "output.txt").read_text()[-4000:]
    told: dict[str, Any] = json.loads(summary.read_text())
    return told, time.monotonic() - began


def _finished(folder: Path) -> bool:
    """Tells whether the story on this data folder was played to its end."""
    noted = folder / "demo" / "state.json"
    return noted.exists() and bool(json.loads(noted.read_text()).get("finished"))


def test_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    expected, seconds = _uninterrupted(tmp_path / "calm")
    seed = int(os.environ.get("AMANAH_KILL_SEED", random.SystemRandom().randrange(10**6)))
    print(f"AMANAH_KILL_SEED={seed}")
    moments = random.Random(seed)
    killed = amid_the_story = 0
    for _ in range(2 * KILLS):
        process = _start(tmp_path / "killed", tmp_path / "killed.json")
        try:
            # Waiting is the point here: the kill comes at a random moment, from the first second of a run on.
            process.wait(moments.uniform(0.5, seconds * 0.15))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            amid_the_story += not _finished(tmp_path / "killed")
        if killed == KILLS:
            break
    print(f"{killed} kills, {amid_the_story} of them before the story was over")
    assert killed == KILLS
    assert amid_the_story >= KILLS // 2, "most kills came after the story was over and show nothing"
    told, _ = _uninterrupted(tmp_path / "killed")
    # Not the roster's hash: ids follow from the keys of a data folder, and no two folders have the same.
    same = (
        "recipients",
        "rosterSize",
        "packages",
        "shipmentEvents",
        "handovers",
        "handoversRefused",
        "alerts",
        "cases",
    )
    assert {key: told[key] for key in same} == {key: expected[key] for key in same}
    assert told["auditVerified"] is True
