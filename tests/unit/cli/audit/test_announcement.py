"""Announced exports: their content, altered announcements, and errors of the gateway."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from amanah.cli.audit.export import announcement
from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Origin, Subject
from amanah.contracts.audit.exports import AnnounceExport
from amanah.tlog import selection
from amanah.tlog.checkpoint import Signer
from tests.unit.cli.audit.commands import audit_entry
from tests.unit.cli.audit.commands import run as run_audit
from tests.unit.cli.audit.gateway import Gateway
from tests.unit.tlog.logs import Serve, write_files

RCP, LETTER, TOKEN = "rcp_wanted", "ST-123/PW09/2026", "token.of.an.auditor"
ANNOUNCED, SIZE = 12, 20


def made(i: int, subject: str = RCP, **more: Any) -> bytes:
    """Entry 12 announces an export about one recipient, to whom entries 5 and 15 are related; all by the same person."""
    ask = AnnounceExport(authority=LETTER, subjects=(subject,))
    announcement = {
        "action": AuditAction.LOG_EXPORT,
        "subject": Subject(type="Log", id="log.example/audit"),
        "authority": LETTER,
    }
    fields: dict[str, Any] = {
        "actor": Acting(id="usr_3", name="Budi", role="AUDITOR", area="32"),
        "concerns": (Subject(type="Recipient", id=subject),) if i % 10 == 5 else (),
        "origin": Origin(service="audit"),
    }
    if i == ANNOUNCED:
        fields |= announcement | {"time": datetime.now(UTC), "reason": ask.summary(SIZE)}
    return audit_entry(i, **{**fields, **more})


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    found = Gateway(ANNOUNCED)
    yield found
    found.stop()


@pytest.fixture
def log(tmp_path: Path, serve: Serve) -> Path:
    return write_files(tmp_path / "log", serve([made(i) for i in range(SIZE)], cosigned=True))


def run(*arguments: object, token: str = TOKEN, **env: str) -> Result:
    return run_audit(*arguments, **{"AMANAH_TOKEN": token, **env})


@pytest.fixture
def export(log: Path, gateway: Gateway, signer: Signer, tmp_path: Path) -> Callable[..., Result]:
    """Makes the announced export about the recipient in `new`."""

    def do(*more: object, **env: str) -> Result:
        asked = ("--subject", RCP, "--authority", LETTER, "--gateway", gateway.url)
        return run("export", tmp_path / "new", "--url", log, "--key", signer.verifier, *asked, *more, **env)

    return do


Export = Callable[..., Result]


def test_an_announced_selection_names_its_author(
    export: Export, gateway: Gateway, tmp_path: Path, signer: Signer, pdf_text: Callable[[bytes], str]
) -> None:
    result = export()
    assert result.exit_code == 0, result.output
    assert TOKEN not in result.output
    (path, authorization, variables), _ = gateway.asked
    assert (path, authorization) == ("/graphql", f"Bearer {TOKEN}")
    assert variables["input"] == {"authority": LETTER, "subjects": [RCP], "actorId": None, "from": None, "to": None}
    new = tmp_path / "new"
    assert sorted(int(file.stem) for file in (new / "entries").iterdir()) == [5, ANNOUNCED, 15]
    lines = pdf_text((new / "summary.pdf").read_bytes()).split("\n")
    time = json.loads((new / selection.entry_path(ANNOUNCED)).read_bytes())["time"]
    told = ["usr_3 (AUDITOR, 32)", LETTER, f"nomor 12 (aud_12), {time}"]
    assert [line for line in told if line not in lines] == []
    assert (
        f"usr_3 (AUDITOR, 32), dasar / authority {LETTER}, entri / entry 12 (aud_12)" in (new / "README.md").read_text()
    )
    checked = run("verify", new, "--key", signer.verifier)
    assert checked.exit_code == 0, checked.output
    assert f"announced by usr_3 (AUDITOR, 32) on the authority {LETTER}: entry 12 (aud_12), {time}" in checked.output
    assert "[number]" not in checked.output


def test_without_authority_nothing_is_announced(
    log: Path, gateway: Gateway, tmp_path: Path, signer: Signer, pdf_text: Callable[[bytes], str]
) -> None:
    new = tmp_path / "new"
    result = run("export", new, "--url", log, "--key", signer.verifier, "--subject", RCP)
    assert result.exit_code == 0, result.output
    assert "It was not announced" in result.output
    assert gateway.asked == []
    assert "tidak diumumkan: log tidak mencatat siapa yang membuat ekspor ini" in pdf_text(
        (new / "summary.pdf").read_bytes()
    )
    assert "This export was not announced" in (new / "README.md").read_text()
    assert "NOT SHOWN: who made this export" in run("verify", new, "--key", signer.verifier).output


def of_about(**fields: Any) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        about = json.loads((folder / "export.json").read_text())
        (folder / "export.json").write_text(json.dumps(about | fields))

    return alter


def gone(folder: Path) -> None:
    """Removes the announcing entry and its row, but not the claim in the manifest."""
    (folder / selection.entry_path(ANNOUNCED)).unlink()
    (folder / selection.proof_path(ANNOUNCED)).unlink()
    table = (folder / "entries.csv").read_bytes().split(b"\r\n")
    (folder / "entries.csv").write_bytes(b"\r\n".join(table[:2] + table[3:]))
    of_about(entries=2)(folder)


OTHERS = {"from": None, "to": None, "subjects": ["rcp_another"], "actor": None}


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (gone, "entry 12, which should announce this export, is not here"),
        (of_about(announcement=5), "entry 5 does not announce this export"),
        (of_about(announcement=7), "entry 7, which should announce this export, is not here"),
        (of_about(announcement=None), "entry 12 does not match the filters of the export"),
        (of_about(filters=OTHERS), "entry 12 does not announce this export"),
    ],
    ids=["gone", "another entry", "an entry that is not here", "not claimed", "of something else"],
)
def test_only_the_announcing_entry_is_accepted(
    alter: Callable[[Path], None], said: str, export: Export, tmp_path: Path, signer: Signer
) -> None:
    assert export().exit_code == 0
    alter(tmp_path / "new")
    result = run("verify", tmp_path / "new", "--key", signer.verifier)
    assert result.exit_code == 1, result.output
    assert said in result.output


def test_the_announcement_of_a_whole_log_is_checked_too(
    log: Path, gateway: Gateway, tmp_path: Path, signer: Signer
) -> None:
    assert run("export", tmp_path / "new", "--url", log, "--key", signer.verifier).exit_code == 0
    of_about(announcement=ANNOUNCED)(tmp_path / "new")
    result = run("verify", tmp_path / "new", "--key", signer.verifier)
    assert result.exit_code == 1
    assert "entry 12 does not announce this export" in result.output, "it announced a selection"


NESTED = "[" * 200_000
NOT_YET = {"errors": [{"message": "Ask again.", "extensions": {"code": "UNAVAILABLE", "reason": "not_yet"}}]}
DENIED = {"errors": [{"message": "This requires the role AUDITOR.", "extensions": {"code": "FORBIDDEN"}}]}
UNFIT = {
    "data": {
        "answer": {"entryId": None, "userErrors": [{"code": "reason_unfit", "field": "authority", "message": "-"}]}
    }
}


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ({"place": {"data": {"answer": {"index": 5}}}}, 1, "entry 5 is not the announcement aud_12"),
        ({"place": {"data": {"answer": {"index": SIZE}}}}, 2, "not yet entry 20"),
        ({"place": NOT_YET}, 2, "has not published the announcement aud_12 within 0 seconds"),
        ({"place": DENIED}, 2, "This requires the role AUDITOR"),
        ({"taken": DENIED}, 2, "This requires the role AUDITOR"),
        ({"taken": UNFIT}, 2, "reason_unfit"),
        ({"taken": [1]}, 2, "but not as an Amanah gateway"),
        ({"taken": None}, 2, "but not as an Amanah gateway"),
        ({"taken": NESTED}, 2, "but not as an Amanah gateway"),
        ({"taken": {"data": {"answer": {"userErrors": [1]}}}}, 2, "but not as an Amanah gateway"),
        ({"taken": {"data": {"answer": {"userErrors": 5}}}}, 2, "but not as an Amanah gateway"),
        ({"taken": {"errors": [{"message": [1], "extensions": {"code": []}}]}}, 2, "rejected the announcement"),
        ({"taken": {"data": {"answer": {"entryId": [1]}}}}, 2, "did not return the id"),
        ({"place": {"data": {"answer": {"index": -8}}}}, 2, "does not prove the announcement aud_12"),
        ({"place": {"data": {"answer": {"index": True}}}}, 2, "does not prove the announcement aud_12"),
        ({"place": NESTED}, 2, "but not as an Amanah gateway"),
        ({"taken": {"data": {"answer": "yes"}}}, 2, "but not as an Amanah gateway"),
        ({"redirect": "/elsewhere"}, 2, "answered 307"),
    ],
)
def test_an_unpublished_announcement_ends_the_export(
    answers: dict[str, Any], code: int, said: str, export: Export, gateway: Gateway, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(announcement, "PATIENCE_S", 0.0)
    for name, answer in answers.items():
        setattr(gateway, name, answer)
    result = export()
    assert result.exit_code == code, result.output
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "new").exists()
    assert {path for path, _, _ in gateway.asked} == {"/graphql"}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"authority": "ST-9/2025"}, "its authority is ST-9/2025"),
        ({"authority": ""}, "its authority is none"),
        ({"time": datetime.now(UTC) - timedelta(minutes=6)}, "it is older than this command"),
        ({"id": "aud_13"}, "it has another id"),
        ({"action": "distribution:handover:accept"}, "it does not announce this export"),
    ],
    ids=["on another authority", "on none", "an earlier one", "of another id", "of another action"],
)
def test_another_announcement_is_rejected(
    other: dict[str, Any], said: str, export: Export, log: Path, serve: Serve, tmp_path: Path
) -> None:
    write_files(log, serve([made(i, **(other if i == ANNOUNCED else {})) for i in range(SIZE)]))
    result = export()
    assert result.exit_code == 1, result.output
    assert f"entry 12 is not the announcement aud_12 that the gateway confirmed: {said}" in " ".join(
        result.output.split()
    )
    assert not (tmp_path / "new").exists()


def test_masked_ids_are_reported_as_not_shown(
    gateway: Gateway, log: Path, serve: Serve, signer: Signer, tmp_path: Path
) -> None:
    code = "00395012345678901231"
    write_files(log, serve([made(i, code) for i in range(SIZE)]))
    asked = ("--subject", code, "--authority", f" {LETTER} ", "--gateway", gateway.url)
    assert run("export", tmp_path / "new", "--url", log, *asked).exit_code == 0
    checked = run("verify", tmp_path / "new", "--key", signer.verifier)
    assert checked.exit_code == 0, checked.output
    assert "NOT SHOWN: which code was announced where the announcement has [number]" in checked.output


def test_a_gateway_on_this_machine_is_reached_without_a_proxy(export: Export, gateway: Gateway) -> None:
    assert export(HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9", no_proxy="").exit_code == 0
    assert len(gateway.asked) == 2


def test_it_waits_until_the_entry_is_published(
    export: Export, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcement, "_PAUSE_S", 0.0)
    gateway.first_places = [NOT_YET, NOT_YET]
    assert export().exit_code == 0
    assert len(gateway.asked) == 4


@pytest.mark.parametrize(
    ("arguments", "token", "said"),
    [
        (("--authority", LETTER), "", "needs your token"),
        (("--authority", LETTER), "two words", "The token is not valid"),
        (
            ("--authority", LETTER, "--token-file", "/nowhere/token"),
            TOKEN,
            "The token in /nowhere/token cannot be read",
        ),
        (("--authority", LETTER), TOKEN, "Give --gateway"),
        (("--token-file", "/nowhere/token"), TOKEN, "with --authority"),
        (("--gateway", "http://127.0.0.1:9"), TOKEN, "with --authority"),
        (("--authority", LETTER, "--gateway", "http://127.0.0.1:9"), TOKEN, "cannot be reached"),
        (("--authority", LETTER, "--gateway", "http://amanah.example"), TOKEN, "Your token would be sent to"),
        (
            ("--authority", LETTER, "--gateway", "HTTP://127.0.0.1.amanah.example/"),
            TOKEN,
            "Your token would be sent to",
        ),
        (("--authority", LETTER, "--gateway", "http://127.0.0.1:9@10.0.0.1"), TOKEN, "Your token would be sent to"),
        (("--authority", LETTER, "--gateway", "amanah.example"), TOKEN, "Your token would be sent to"),
        (("--authority", LETTER, "--url", "http://amanah.example/log"), TOKEN, "Your token would be sent to"),
        (("--authority", LETTER, "--gateway", "https://[amanah"), TOKEN, "is not an address"),
    ],
)
def test_missing_options_of_an_announcement_are_named(
    arguments: Sequence[str], token: str, said: str, log: Path, tmp_path: Path
) -> None:
    result = run("export", tmp_path / "new", "--url", log, "--subject", RCP, *arguments, token=token)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "new").exists()


def test_witnesses_are_checked_before_the_announcement(
    export: Export, gateway: Gateway, tmp_path: Path, signer: Signer, witness: Signer
) -> None:
    silent = Signer("silent.example/w", bytes([8] * 32)).cosigner
    both = ("--witness", witness.cosigner, "--witness", silent)
    for code, said, arguments in (
        (1, "lacks cosignatures: 1 of 2 required cosignatures; missing: silent.example/w", both),
        (2, "--quorum 2 needs at least 2 --witness", ("--witness", witness.cosigner, "--quorum", 2)),
        (2, "cannot be its own witness", ("--witness", signer.verifier)),
    ):
        result = export(*arguments)
        assert result.exit_code == code, result.output
        assert said in " ".join(result.output.split())
    assert gateway.asked == []
    assert not (tmp_path / "new").exists()
    assert export(*both, "--quorum", 1).exit_code == 0


def test_a_slow_witness_is_waited_for(
    export: Export, gateway: Gateway, log: Path, signer: Signer, witness: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = log / "checkpoint"
    cosigned = checkpoint.read_bytes()
    alone = cosigned[: cosigned.rindex("— witness".encode())]
    gateway.when_placed = lambda: checkpoint.write_bytes(alone)
    paused: list[float] = []

    def come(seconds: float) -> None:
        paused.append(seconds)
        checkpoint.write_bytes(cosigned)

    monkeypatch.setattr(announcement, "sleep", come)
    result = export("--witness", witness.cosigner)
    assert result.exit_code == 0, result.output
    assert len(paused) == 1
