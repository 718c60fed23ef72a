"""Exports verify without the log, and every alteration of one is found."""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Origin, Subject
from amanah.tlog import anchors, selection, timestamps
from amanah.tlog.checkpoint import Note, Signer
from amanah.tlog.verify import verify_entry
from tests.conftest import StampingOffice
from tests.unit.cli.audit.commands import audit_entry, run
from tests.unit.tlog.logs import Serve, write_files

RICH, DAY = "rcp_wanted", "2026-11-02"


def made(i: int, **more: Any) -> bytes:
    fields = {
        "time": datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=i * 10),
        "actor": Acting(id=f"usr_{i % 7}", name="Sari", role="OFFICER", area="32.75.03"),
        "concerns": (Subject(type="Recipient", id=RICH if i % 50 == 3 else f"rcp_{i}"),),
        "area": "32.75.03.1001",
        "reason": '=cmd()|\'!A1, "dua"\nbaris' if i == 103 else "",
        "origin": Origin(service="distribution", ip="10.0.0.1"),
    }
    return audit_entry(i, **{**fields, **more})


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, serve: Serve, tsa: StampingOffice) -> Path:
    """A log of 300 entries, 10 minutes apart from the 1st of November on, whose first 150 were dated and stamped."""
    entries = [made(i) for i in range(150)]
    note = serve(entries)["checkpoint"]
    stamp = tsa.answer(timestamps.ask(note).as_bytes())
    for action, file in ((AuditAction.CHECKPOINT_DATE, note), (AuditAction.CHECKPOINT_STAMP, stamp)):
        told = {"after": f"sha256:{hashlib.sha256(file).hexdigest()}", "concerns": ()}
        entries.append(made(len(entries), action=action, subject=Subject(type="Checkpoint", id=DAY), **told))
    entries += [made(i) for i in range(152, 300)]
    kept = {anchors.path(DAY, anchors.CHECKPOINT): note, anchors.path(DAY, anchors.TIMESTAMP): stamp}
    return write_files(tmp_path_factory.mktemp("log"), {**serve(entries), **kept})


@pytest.fixture(scope="module")
def selected(tmp_path_factory: pytest.TempPathFactory, log: Path, signer: Signer) -> Path:
    """A selection about one recipient: entries 3, 53, 103, 153, 203, 253."""
    folder = tmp_path_factory.mktemp("selected") / "kept"
    result = run("export", folder, "--url", log, "--key", signer.verifier, "--subject", RICH)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, log: Path, signer: Signer) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "kept"
    result = run("export", folder, "--url", log, "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def altered(tmp_path: Path) -> Callable[[Path], Path]:
    return lambda folder: Path(shutil.copytree(folder, tmp_path / "altered"))


def lines(folder: Path) -> list[list[str]]:
    with (folder / "entries.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def rewrite(folder: Path, rows: Sequence[Sequence[str]]) -> None:
    with (folder / "entries.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def test_a_selection_has_the_matching_entries_and_verifies_without_the_log(selected: Path, signer: Signer) -> None:
    result = run("verify", selected, "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert "6 of 300 entries" in result.output
    assert "VERIFIED: each of these entries" in result.output
    header, *rows = lines(selected)
    indexes = [3, 53, 103, 153, 203, 253]
    assert [int(row[0]) for row in rows] == indexes
    assert header[7] == "arti tindakan"
    assert rows[0][2:8] == [
        "usr_3", "OFFICER", "32.75.03", "Bekasi Utara, Kota Bekasi, Jawa Barat", "distribution:handover:accept",
        "menerima serah terima",
    ]  # fmt: skip
    for index, row in zip(indexes, rows, strict=True):
        entry = (selected / selection.entry_path(index)).read_bytes()
        assert entry == made(index)
        assert hashlib.sha256(b"\0" + entry).hexdigest() == row[-1]
        verify_entry(entry, (selected / selection.proof_path(index)).read_text(), signer.verifier)
    assert (selected / "summary.pdf").read_bytes().startswith(b"%PDF-")
    readme = (selected / "README.md").read_text()
    assert "6 dari 300 entri" in readme
    assert "6 of the 300 entries" in readme
    assert (selected / "keys/log.vkey").read_text() == f"{signer.verifier}\n"
    assert not (selected / "tile/entries").exists(), "other people's entries are no part of it"


def test_the_output_for_a_selection(
    log: Path, tmp_path: Path, signer: Signer, witness: Signer, altered: Callable[[Path], Path]
) -> None:
    """It prints signatures as for a whole log, the filters in English, what is proven, and what cannot be shown."""
    cosigned = altered(log)
    note = (log / "checkpoint").read_text()
    (cosigned / "checkpoint").write_text(note + witness.cosign(Note.parse(note).text, 1_700_000_000))
    folder, key, given = tmp_path / "kept", ("--key", signer.verifier), ("--witness", witness.cosigner)
    filters = f"--subject {RICH} --subject hov_9 --actor usr_3 --from 2026-11-01 --to 2026-11-01".split()
    assert run("export", folder, "--url", cosigned, *key, *filters).exit_code == 0
    seen = run("verify", folder, *key, *given)
    assert seen.exit_code == 0, seen.output
    assert seen.output.splitlines() == [
        f"Log {signer.name}: 1 of 300 entries, root {json.loads((folder / 'export.json').read_text())['root']}",
        f"  signature of {signer.verifier}",
        "  cosigned by witness.example/w at 2023-11-14 22:13:20 UTC",
        f"  filters, according to export.json: entries about {RICH} or hov_9, by usr_3, from 2026-11-01 00:00:00 UTC on, "
        "before 2026-11-02 00:00:00 UTC",
        "  entries hashed and proven to be in the log: 1; entries.csv matches them",
        "  dated checkpoints that this log continues: 1",
        f"  NOT CHECKED: the days of dated checkpoints (1: {DAY}), since the entries audit:checkpoint:date that list them are not "
        "here",
        "  NOT CHECKED: time stamps (1); add --tsa-certificates",
        "  NOT CHECKED: when, from which address and by which version this was made, according to export.json",
        "  NOT CHECKED: README.md, summary.pdf, cosignatures.csv and keys/, which are for reading and prove nothing",
        "  NOT SHOWN: who made this export, and on whose authority: it was not announced in the log",
        "  NOT SHOWN: that the selection is complete: only the whole log can show if other entries match. Make "
        "the same export from the log again",
        "VERIFIED: each of these entries is in the log that signed this checkpoint, and was not changed. Keep a copy of the "
        "checkpoint.",
    ]
    unseen = run("verify", folder, *key)
    assert "  no witness was checked" in unseen.output
    assert "NOT CHECKED: signatures of keys that were not given (witness.example/w)" in unseen.output
    stranger = run("verify", folder, *key, *given, "--witness", Signer("silent.example", bytes(32)).cosigner)
    assert (stranger.exit_code, "missing: silent.example" in stranger.stdout) == (1, True)
    assert "The witness may be late" in stranger.stdout
    assert "as evidence" not in stranger.stdout


def test_a_selection_without_entries_proves_none(log: Path, tmp_path: Path, signer: Signer) -> None:
    assert run("export", tmp_path / "kept", "--url", log, "--actor", "nobody").exit_code == 0
    result = run("verify", tmp_path / "kept", "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "VERIFIED: the checkpoint. There is no entry here, so no entry is proven."


def test_a_selection_cannot_have_a_state(selected: Path, tmp_path: Path, signer: Signer) -> None:
    refused = run("verify", selected, "--key", signer.verifier, "--state", tmp_path / "state")
    assert (refused.exit_code, "Leave --state out" in refused.output) == (2, True)
    assert not (tmp_path / "state").exists()


def test_the_summary_shows_the_scope(selected: Path, pdf_text: Callable[[bytes], str], signer: Signer) -> None:
    lines = pdf_text((selected / "summary.pdf").read_bytes()).split("\n")
    root = json.loads((selected / "export.json").read_text())["root"]
    for said in (
        "Ringkasan ekspor log audit", "log.example/audit", f"tentang (about) {RICH}", "6 dari 300 entri log", root,
        "nomor 3, 2026-11-01T00:30:00.000Z, distribution:handover:accept", str(signer.verifier), DAY, "menerima serah terima",
        "Checkpoint ini tanpa tanda tangan saksi (no witness).", "usr_4",
    ):  # fmt: skip
        assert said in lines


def test_missing_partial_files_are_cut_from_the_full_ones(
    serve: Serve, signer: Signer, tmp_path: Path, whole: Path
) -> None:
    entries = [made(i) for i in range(520)]
    served = serve(entries) | {"checkpoint": serve(entries[:300])["checkpoint"]}
    write_files(tmp_path / "log", served)
    (tmp_path / "log/tile/1/000.p").mkdir(exist_ok=True)
    (tmp_path / "log/tile/1/000.p/1").write_bytes(served["tile/1/000.p/2"][:32])
    for arguments in ((), ("--actor", "usr_1")):
        folder = tmp_path / f"kept{len(arguments)}"
        result = run("export", folder, "--url", tmp_path / "log", "--key", signer.verifier, *arguments)
        assert result.exit_code == 0, result.output
        assert run("verify", folder, "--key", signer.verifier).exit_code == 0


def test_cells_are_escaped_and_quoted(selected: Path) -> None:
    assert lines(selected)[3][15] == "'=cmd()|'!A1, \"dua\"\nbaris"


def test_names_of_keys_are_escaped(log: Path, tmp_path: Path) -> None:
    source, folder, name = tmp_path / "log", tmp_path / "taken", '=HYPERLINK("http://x")'
    shutil.copytree(log, source)
    checkpoint = source / "checkpoint"
    note = checkpoint.read_text()
    checkpoint.write_text(note + Signer(name, bytes(32)).sign(Note.parse(note).text))
    assert run("export", folder, "--url", source, "--actor", "nobody").exit_code == 0
    with (folder / "cosignatures.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[0] for row in csv.reader(file)][-1] == f"'{name}"


def of(name: str, change: Callable[[bytes], bytes | None]) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        data = change((folder / name).read_bytes())
        (folder / name).unlink() if data is None else (folder / name).write_bytes(data)

    return alter


def in_table(change: Callable[[list[list[str]]], Any]) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        rows = lines(folder)
        change(rows)
        rewrite(folder, rows)

    return alter


def gone(folder: Path) -> None:
    """Removes an entry with its proof and its row."""
    (folder / selection.entry_path(103)).unlink()
    (folder / selection.proof_path(103)).unlink()
    in_table(lambda rows: rows.pop(3))(folder)


def other_filters(folder: Path) -> None:
    about = json.loads((folder / "export.json").read_text())
    about["filters"]["subjects"] = ["rcp_another"]
    (folder / "export.json").write_text(json.dumps(about))


def added(folder: Path) -> None:
    (folder / "entries/000000004.json").write_bytes(made(4))
    (folder / "proofs/000000004.tlog-proof").write_bytes((folder / "proofs/000000003.tlog-proof").read_bytes())


ALTERATIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "an outcome in the table": (in_table(lambda rows: rows[2].__setitem__(13, "denied")), "entry 53 does not match the entry"),
    "a meaning in the table": (in_table(lambda rows: rows[2].__setitem__(7, "menolak")), '(column "arti tindakan")'),
    "a column's name": (in_table(lambda rows: rows[0].__setitem__(13, "x")), "does not have the names of the columns"),
    "a line gone": (in_table(lambda rows: rows.pop(2)), "entry 53 has no row"),
    "the last line gone": (in_table(lambda rows: rows.pop()), "entry 253 has no row"),
    "a line twice": (in_table(lambda rows: rows.insert(2, rows[2])), "or is repeated"),
    "a line of another entry": (in_table(lambda rows: rows.append(["299", *rows[-1][1:]])), "belongs to no entry here"),
    "two lines swapped": (in_table(lambda rows: rows.insert(1, rows.pop(2))), "entry 3 has no row"),
    "a cell more": (in_table(lambda rows: rows[2].append("x")), "has the wrong number of cells"),
    "no table": (of("entries.csv", lambda _: None), "cannot be read"),
    "the table cut": (of("entries.csv", lambda data: data[:-40]), "entry 253"),
    "an entry": (of("entries/000000053.json", lambda data: data.replace(b"done", b"gone")), "the proof of entry 53 does not verify"),
    "an entry gone": (of("entries/000000053.json", lambda _: None), "entry 53 is missing"),
    "a proof": (of("proofs/000000053.tlog-proof", lambda data: data.replace(b"index 53", b"index 54")), "the proof of entry 53 does not verify"),
    "a proof gone": (of("proofs/000000053.tlog-proof", lambda _: None), "the proof of entry 53 is missing"),
    "a proof's signature": (of("proofs/000000053.tlog-proof", lambda data: data[:-6] + b"AAA=\n"), "the proof of entry 53 does not verify"),
    "a tile": (of("tile/0/000", lambda data: data[:-1] + bytes([data[-1] ^ 1])), "does not verify"),
    "a tile gone": (of("tile/0/000", lambda _: None), "tile/0/000"),
    "the checkpoint": (of("checkpoint", lambda data: data.replace(b"\n300\n", b"\n301\n")), "checkpoint"),
    "an entry with its line": (gone, "the export had 6 entries, but 5 are here"),
    "an entry that is in no proof": (added, "the proof of entry 4 does not verify"),
    "what was asked for": (other_filters, "does not match the filters of the export"),
    "a dated checkpoint": (of(f"anchor/{DAY}/checkpoint", lambda data: data.replace(b"\n150\n", b"\n149\n")), "anchor/"),
    "a stray file that would paint the screen": (
        lambda folder: (folder / "entries/\x1b[32m.json").write_bytes(b"{}"),
        "a selection has no such file",
    ),
    "a stray file": (lambda folder: (folder / "entries/9.json").write_bytes(b"{}"), "a selection has no such file"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALTERATIONS)
def test_every_alteration_of_a_selection_is_found(
    name: str, selected: Path, altered: Callable[[Path], Path], signer: Signer
) -> None:
    alter, said = ALTERATIONS[name]
    folder = altered(selected)
    alter(folder)
    result = run("verify", folder, "--key", signer.verifier)
    assert result.exit_code == 1, result.output
    assert "DOES NOT VERIFY" in result.output
    assert said in result.output
    assert "\x1b" not in result.output


def test_table_and_anchors_of_a_whole_export_are_checked(
    whole: Path, altered: Callable[[Path], Path], signer: Signer
) -> None:
    result = run("verify", whole, "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert "the table and the dated checkpoints match this log" in result.output
    assert len(lines(whole)) == 301
    folder = altered(whole)
    in_table(lambda rows: rows[200].__setitem__(13, "denied"))(folder)
    (folder / f"anchor/{DAY}/checkpoint").write_bytes((folder / "checkpoint").read_bytes())
    found = run("verify", folder, "--key", signer.verifier)
    assert found.exit_code == 1
    assert 'entry 199 does not match the entry (column "hasil")' in found.output
    assert f"anchor/{DAY}/checkpoint: the log does not list this file, or lists another" in found.output


def test_a_time_stamp_is_checked_against_its_checkpoint(
    selected: Path, whole: Path, altered: Callable[[Path], Path], signer: Signer, tsa: StampingOffice, tmp_path: Path
) -> None:
    key, pem = ("--key", signer.verifier), ("--tsa-certificates", tsa.certificates)
    for folder in (selected, whole):
        assert "NOT CHECKED: time stamps (1)" in run("verify", folder, *key).output
        result = run("verify", folder, *key, *pem)
        assert result.exit_code == 0, result.output
        assert "valid time stamps: 1, the first of 20" in result.output
    folder = altered(selected)
    stamp = folder / f"anchor/{DAY}/timestamp.tsr"
    stamp.write_bytes(tsa.answer(timestamps.ask(b"another").as_bytes()))
    assert run("verify", folder, *key, *pem).exit_code == 1
    (tmp_path / "no.pem").write_text("nothing")
    assert run("verify", folder, *key, "--tsa-certificates", tmp_path / "no.pem").exit_code == 2


def test_an_earlier_checkpoint_is_checked_by_the_tiles_of_a_selection(
    selected: Path, serve: Serve, signer: Signer, tmp_path: Path
) -> None:
    (tmp_path / "old").write_bytes((selected / f"anchor/{DAY}/checkpoint").read_bytes())
    result = run("verify", selected, "--key", signer.verifier, "--old", tmp_path / "old")
    assert "continues the checkpoint in --old (150 entries)" in result.output
    (tmp_path / "old").write_bytes(serve([made(i + 1) for i in range(150)])["checkpoint"])
    assert run("verify", selected, "--key", signer.verifier, "--old", tmp_path / "old").exit_code == 1


def test_words_of_another_version_are_no_finding(
    selected: Path, altered: Callable[[Path], Path], signer: Signer
) -> None:
    folder = altered(selected)
    about = json.loads((folder / "export.json").read_text())
    (folder / "export.json").write_text(json.dumps(about | {"amanah": "0.0.1"}))
    in_table(lambda rows: rows[2].__setitem__(7, "menyerahkan"))(folder)
    result = run("verify", folder, "--key", signer.verifier)
    assert result.exit_code == 0, result.output
    assert "NOT CHECKED: words for areas or actions in entries.csv, chosen by version 0.0.1 (rows: 1)" in result.output


def test_failed_exports_write_nothing(log: Path, selected: Path, tmp_path: Path, signer: Signer) -> None:
    stranger = Signer(signer.name, bytes(32)).verifier
    damaged, held_back, short = (Path(shutil.copytree(log, tmp_path / name)) for name in ("damaged", "held", "short"))
    bundle = (log / "tile/entries/000").read_bytes()
    (damaged / "tile/entries/000").write_bytes(bundle.replace(b"hov_53", b"hov_54"))
    (held_back / "tile/entries/000").write_bytes(bundle.replace(RICH.encode(), b"rcp_nobody"))
    (short / "tile/entries/000").write_bytes(bundle[:-1])
    for code, arguments in (
        (1, ("--url", short, "--subject", RICH)),
        (2, ("--url", tmp_path)),
        (2, ("--from", "yesterday")),
        (2, ("--witness", stranger)),
        (1, ("--key", stranger)),
        (1, ("--url", damaged, "--subject", RICH)),
        (1, ("--url", held_back, "--subject", RICH)),
    ):
        result = run("export", tmp_path / "new", "--url", log, *arguments)
        assert result.exit_code == code, result.output
        assert not (tmp_path / "new").exists()
    assert run("export", selected, "--url", log, "--actor", "usr_1").exit_code == 2
    assert run("export", selected, "--url", log).exit_code == 2
