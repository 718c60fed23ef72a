"""Tampering with all files of a log, but without its keys: the verification finds every change."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from amanah.cli.audit import app
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note, Signer
from amanah.tlog.verify import Hashers, VerificationReport, verify_log
from tests.unit.tlog.logs import SIGNER, WITNESS, Files, Serve, numbered, write_files

SIZES = (1, 5, 40, 256, 257)
ENTRIES = numbered(264)
MALLORY = bytes([66] * 32)


@pytest.fixture(scope="module")
def honest(serve: Serve) -> Files:
    return serve(ENTRIES, SIZES, cosigned=True)


def verified(files: Files, hashers: Hashers | None = None) -> VerificationReport:
    return verify_log(
        files.__getitem__,
        SIGNER.verifier,
        witnesses=[WITNESS.cosigner],
        listing=lambda: [path for path in files if path.startswith("tile/")],
        hashers=hashers,
    )


def needed() -> list[str]:
    """The files that a log of this size must have; partial tiles of other sizes may be missing."""
    return ["checkpoint", *layout.paths(len(ENTRIES))]


def _changed(files: Files, random: Random, change: Callable[[bytes], bytes]) -> Files:
    path = random.choice(sorted(files))
    return files | {path: change(files[path])}


def _cut(data: bytes, random: Random) -> tuple[bytes, bytes, bytes]:
    first, second = sorted(random.randint(0, len(data)) for _ in range(2))
    return data[:first], data[first:second], data[second:]


def edit_a_bit(files: Files, random: Random) -> Files:
    def flip(data: bytes) -> bytes:
        bit = random.randrange(len(data) * 8)
        return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]

    return _changed(files, random, flip)


def edit_a_stretch(files: Files, random: Random) -> Files:
    def overwrite(data: bytes) -> bytes:
        before, middle, after = _cut(data, random)
        return before + random.randbytes(len(middle)) + after

    return _changed(files, random, overwrite)


def delete_a_stretch(files: Files, random: Random) -> Files:
    def delete(data: bytes) -> bytes:
        before, _, after = _cut(data, random)
        return before + after

    return _changed(files, random, delete)


def delete_a_file(files: Files, random: Random) -> Files:
    path = random.choice(needed()[1:])
    return {other: data for other, data in files.items() if other != path}


def insert_bytes(files: Files, random: Random) -> Files:
    def insert(data: bytes) -> bytes:
        at = random.randint(0, len(data))
        return data[:at] + random.choice([random.randbytes(random.randint(1, 40)), b"\0", b"\0\0", b"\n"]) + data[at:]

    return _changed(files, random, insert)


def insert_a_file(files: Files, random: Random) -> Files:
    name = random.choice(
        ["tile/0/1", "tile/0/x000/000", "tile/64/000", "tile/0/000.p/256", "tile/000", "tile/entries/a"]
    )
    return files | {name: random.choice(sorted(files.values()))}


def insert_a_partial(files: Files, random: Random) -> Files:
    path = random.choice([layout.tile_path, lambda _, number, width: layout.bundle_path(number, width)])(
        0, random.randint(0, 1), random.randint(1, 255)
    )
    return files if path in files else files | {path: random.choice(sorted(files.values()))}


def truncate(files: Files, random: Random) -> Files:
    return _changed(files, random, lambda data: data[: random.randrange(len(data))])


def swap_stretches(files: Files, random: Random) -> Files:
    def swap(data: bytes) -> bytes:
        before, middle, after = _cut(data, random)
        return after + middle + before

    return _changed(files, random, swap)


def swap_two_files(files: Files, random: Random) -> Files:
    one, other = random.sample(sorted(files), 2)
    return files | {one: files[other], other: files[one]}


def _parts(path: str, data: bytes) -> list[bytes]:
    if path.startswith("tile/entries/"):
        return layout.split_bundle(data)[0]
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def change_entries_or_hashes(files: Files, random: Random) -> Files:
    """Drops, doubles, swaps or rewrites whole entries or hashes of one file, which stays well formed."""
    path = random.choice([path for path in sorted(files) if path != "checkpoint"])
    parts = _parts(path, files[path])
    one, other = random.randrange(len(parts)), random.randrange(len(parts))
    change = random.choice(["drop", "double", "swap", "rewrite"])
    if change == "drop":
        del parts[one]
    elif change == "double":
        parts.insert(other, parts[one])
    elif change == "swap":
        parts[one], parts[other] = parts[other], parts[one]
    else:
        parts[one] = random.randbytes(32)
    return files | {path: layout.encode_bundle(parts) if path.startswith("tile/entries/") else b"".join(parts)}


class Forger:
    """Rewrites the whole log consistently, and signs it with other keys."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve

    def rewrite_everything(self, files: Files, random: Random) -> Files:
        entries = list(ENTRIES)
        one, other = random.sample(range(len(entries)), 2)
        change = random.choice(["edit", "swap", "drop", "insert"])
        if change == "edit":
            entries[one] = b"forged"
        elif change == "swap":
            entries[one], entries[other] = entries[other], entries[one]
        elif change == "drop":
            del entries[one]
        else:
            entries.insert(one, b"forged")
        forged = self._serve(entries, SIZES)
        head = Checkpoint.parse(Note.parse(forged["checkpoint"]).text)
        return forged | {"checkpoint": random.choice([files["checkpoint"], _signed_by_mallory(head, random)])}


def _signed_by_mallory(head: Checkpoint, random: Random) -> bytes:
    name = random.choice([SIGNER.name, "mallory.example"])
    mallory, witness = Signer(name, MALLORY), Signer(WITNESS.name, MALLORY)
    return f"{head.text}\n{mallory.sign(head.text)}{witness.cosign(head.text, 1_700_000_000)}".encode()


def resign(files: Files, random: Random) -> Files:
    """Replaces, removes or doubles signatures, or moves them to another text or name."""
    note = Note.parse(files["checkpoint"])
    own, cosignature = (str(signature) for signature in note.signatures)
    other = Checkpoint(SIGNER.name, random.randint(0, 300), random.randbytes(32)).text
    false = Signer(SIGNER.name, MALLORY).sign(note.text)
    false_witness = Signer(WITNESS.name, MALLORY).cosign(note.text, 1_700_000_000)
    text, lines = random.choice(
        [
            (note.text, [false, cosignature]),
            (note.text, [own, false_witness]),
            (note.text, [own]),
            (note.text, [cosignature]),
            (note.text, [false, false_witness]),
            (note.text, [own, own, cosignature]),
            (note.text, [own, cosignature, cosignature]),
            (note.text, [own, cosignature.replace("w ", "v ")]),
            (note.text, [own.replace("audit ", "audits "), cosignature]),
            (other, [own, cosignature]),
            (other, [Signer(SIGNER.name, MALLORY).sign(other), cosignature]),
            (note.text.replace("264", "263"), [own, cosignature]),
            (note.text + "extension\n", [own, cosignature]),
        ]
    )
    return files | {"checkpoint": f"{text}\n{''.join(lines)}".encode()}


Alter = Callable[[Files, Random], Files]


@pytest.fixture(scope="module")
def alterations(serve: Serve) -> Sequence[Alter]:
    return [
        edit_a_bit, edit_a_stretch, delete_a_stretch, delete_a_file, insert_bytes, insert_a_file, insert_a_partial,
        truncate, swap_stretches, swap_two_files, change_entries_or_hashes, Forger(serve).rewrite_everything, resign,
    ]  # fmt: skip


def test_an_unchanged_log_verifies(honest: Files) -> None:
    report = verified(honest)
    assert report.verified
    assert report.earlier_files == len(honest) - len(needed()) > 6
    assert (report.beyond_checkpoint, report.unknown_signers) == ([], ())


@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_alterations_are_found(honest: Files, alterations: Sequence[Alter], seed: int) -> None:
    random = Random(seed)
    count = 0
    while count < 1000:
        alter = random.choice(alterations)
        altered = alter(honest, random)
        if altered == honest:
            continue
        count += 1
        report = verified(altered)
        assert not report.verified, (alter, [p for p in {*honest, *altered} if honest.get(p) != altered.get(p)])


def test_hashers_do_not_change_the_report(honest: Files, alterations: Sequence[Alter]) -> None:
    random = Random(98)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(500):
            altered = random.choice(alterations)(honest, random)
            assert verified(altered, Hashers(pool, 2, least=1)) == verified(altered)


def test_a_sample_by_the_command(honest: Files, alterations: Sequence[Alter], tmp_path: Path) -> None:
    random = Random(99)
    for number, alter in enumerate([*alterations] * 3):
        altered = alter(honest, random)
        folder = write_files(tmp_path / str(number), altered)
        arguments = ["--key", str(SIGNER.verifier), "--witness", str(WITNESS.cosigner)]
        result = CliRunner().invoke(app, ["verify", str(folder), *arguments])
        assert result.exit_code == (0 if altered == honest else 1), (alter, result.output)


def test_unknown_signatures_are_reported_and_change_nothing(honest: Files) -> None:
    """C2SP signed-note: signatures of unknown keys MUST be ignored, and the lines may have any order."""
    note = Note.parse(honest["checkpoint"])
    own, cosignature = map(str, note.signatures)
    unknown = Signer("mallory.example", MALLORY).sign(note.text)
    report = verified(honest | {"checkpoint": f"{note.text}\n{cosignature}{unknown}{own}".encode()})
    assert report.verified
    assert report.unknown_signers == ("mallory.example",)
