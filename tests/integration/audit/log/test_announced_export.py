"""An export that an investigator announces: from the command, by the gateway, into the log and into the folder."""

import asyncio
import csv
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amanah.cli.audit import app as cli
from amanah.cli.embedded import free_port
from amanah.cli.issuer import LocalIssuer
from amanah.cli.process import serving
from amanah.contracts.actor import Grant, Role
from amanah.contracts.topics import TOPICS
from amanah.runtime import settings as settings_module
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import CallSigner, Verifier
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, InProcessTransport, Transport
from amanah.runtime.service import Runtime
from amanah.tlog import selection
from gateway import app as gateway
from gateway.log import routes as public_log
from services.audit import app as audit
from services.audit.log import keys as log_keys
from services.audit.store import Store
from tests.waiting import eventually

LETTER = "ST-123/PW09/2026"
RCP = "rcp_01m85y1a2b000c73penjbxf66f"


@dataclass
class Inspectorate:
    """The outside: the log's address and key, and people with tokens in files."""

    url: str
    key: str
    folder: Path
    issuer: LocalIssuer

    def token(self, name: str, role: Role, area: str) -> Path:
        file = self.folder / f"{name}.token"
        file.write_text(self.issuer.issue(name, [Grant(role=role, area=area)], timedelta(hours=1)) + "\n")
        return file

    async def run(self, *arguments: object, **env: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli, [str(a) for a in arguments], env=env)

    async def export(self, folder: str, *arguments: object, **env: str) -> Result:
        source = ("--url", f"{self.url}/log", "--key", self.key)
        return await self.run("export", self.folder / folder, *source, *arguments, **env)

    async def verify(self, folder: str) -> Result:
        return await self.run("verify", self.folder / folder, "--key", self.key)

    def about(self, folder: str) -> dict[str, object]:
        told: dict[str, object] = json.loads((self.folder / folder / "export.json").read_text())
        return told

    def entries(self, folder: str) -> list[dict[str, object]]:
        files = sorted((self.folder / folder / "entries").iterdir())
        return [json.loads(file.read_bytes()) for file in files]


@pytest.fixture
async def inspectorate(
    database: Callable[[str], Database],
    objects: Objects,
    keys: Keyring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Inspectorate]:
    """The audit service with all its workers, and the gateway before it, as on one machine."""
    bucket = f"audit-{uuid.uuid4().hex}"
    monkeypatch.setattr(audit, "Store", partial(Store, bucket=bucket))
    monkeypatch.setattr(public_log, "AUDIT", bucket)
    settings = settings_module.load(data=tmp_path)
    issuer = LocalIssuer(tmp_path / "keys", settings.issuer, settings.audience)
    bus = LocalBus(tmp_path / "bus.sqlite")
    await bus.ensure_topics(TOPICS.values())
    signer, transports = CallSigner("s" * 32), dict[str, Transport]()
    verifier = Verifier(issuer.jwks(), settings.issuer, settings.audience)
    runtime = Runtime(
        settings=settings, database=database, objects=objects, bus=bus, keys=keys, signer=signer, verifier=verifier,
        client=Client(transports, signer),
    )  # fmt: skip
    log, front, port = audit.build(runtime), gateway.build(runtime), free_port()
    transports["audit"] = InProcessTransport(log.mounted())
    async with log.running(), front.running(), serving(front, "127.0.0.1", port):
        (tmp_path / "desk").mkdir()
        key = str(log_keys.signers(settings)[0].verifier)
        found = Inspectorate(f"http://127.0.0.1:{port}", key, tmp_path / "desk", issuer)
        await eventually(partial(_is_published, found), every=0.1)
        yield found
    await bus.close()


async def _is_published(at: Inspectorate) -> bool:
    return (await at.run("verify", f"{at.url}/log", "--key", at.key)).exit_code == 0


async def test_a_selection_proves_by_whom_and_on_what_authority_it_was_made(inspectorate: Inspectorate) -> None:
    token = inspectorate.token("Budi", Role.AUDITOR, "32")
    made = await inspectorate.export("kept", "--subject", RCP, "--authority", LETTER, "--token-file", token)
    assert made.exit_code == 0, made.output
    assert "No entry but the announcement matches" in made.output
    (entry,) = inspectorate.entries("kept")
    assert (entry["action"], entry["authority"], entry["outcome"]) == ("audit:log:export", LETTER, "done")
    assert entry["concerns"] == [{"type": "Recipient", "id": RCP}]
    actor, index = entry["actor"], inspectorate.about("kept")["announcement"]
    assert isinstance(actor, dict)
    assert isinstance(index, int)
    assert (actor["role"], actor["area"]) == ("AUDITOR", "32")
    assert "Budi" not in json.dumps(entry)
    folder = inspectorate.folder / "kept"
    assert (folder / selection.proof_path(index)).exists()
    readme = (folder / "README.md").read_text()
    for said in (actor["id"], "AUDITOR", LETTER, str(entry["time"]), f"{index} ({entry['id']})"):
        assert str(said) in readme
    with (folder / "entries.csv").open(encoding="utf-8-sig", newline="") as file:
        _, line = csv.reader(file)
    assert [line[0], line[2], line[14]] == [str(index), actor["id"], LETTER]
    checked = await inspectorate.verify("kept")
    assert checked.exit_code == 0, checked.output
    assert f"announced by {actor['id']} (AUDITOR, 32) on the authority {LETTER}: entry {index} (" in checked.output


async def test_the_whole_log_is_announced_too(inspectorate: Inspectorate) -> None:
    token = inspectorate.token("Ratna", Role.ADMIN, "32.01").read_text()
    made = await inspectorate.export("whole", "--authority", LETTER, AMANAH_TOKEN=token)
    assert made.exit_code == 0, made.output
    assert token.strip() not in made.output
    checked = await inspectorate.verify("whole")
    assert checked.exit_code == 0, checked.output
    assert (
        f"(ADMIN, 32.01) on the authority {LETTER}: entry {inspectorate.about('whole')['announcement']}"
        in checked.output
    )


async def test_who_may_not_read_the_log_announces_nothing_and_takes_nothing(inspectorate: Inspectorate) -> None:
    token = inspectorate.token("Sari", Role.OFFICER, "32.01")
    turned_away = await inspectorate.export("kept", "--actor", "usr_1", "--authority", LETTER, "--token-file", token)
    assert turned_away.exit_code == 2
    assert "role ADMIN or AUDITOR" in turned_away.output
    refused = await inspectorate.export(
        "kept", "--actor", "usr_1", "--authority", "surat 081234567890", "--token-file", inspectorate.token("Budi", Role.AUDITOR, "32")
    )  # fmt: skip
    assert refused.exit_code == 2
    assert "reason_unfit" in refused.output
    assert not (inspectorate.folder / "kept").exists()
    await eventually(partial(_denied_and_refused, inspectorate), every=0.1)


async def _denied_and_refused(at: Inspectorate) -> bool:
    """Tests that the log has both entries, by an export without an announcement."""
    folder = f"seen-{uuid.uuid4().hex}"
    assert (await at.export(folder)).exit_code == 0
    with (at.folder / folder / "entries.csv").open(encoding="utf-8-sig", newline="") as file:
        told = {(line[6], line[9]) for line in csv.reader(file)}
    asked = "audit.announce_export"
    return {("access:request:deny", asked), ("access:request:refuse", asked)} <= told
