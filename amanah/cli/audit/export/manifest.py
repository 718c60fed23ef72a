"""Head and manifest of an export: the checkpoint it is under, `export.json`, the keys, and the list of signatures."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from amanah.cli.audit.export.entries import Filters, LogEntry
from amanah.cli.audit.export.log_files import write_file
from amanah.cli.audit.export.table import escape_formula
from amanah.cli.audit.sources import parse_object
from amanah.cli.log_copy import read_file
from amanah.tlog.checkpoint import Checkpoint, Note, Verifier
from amanah.tlog.encoding import encode_base64

FILE = "export.json"
_COSIGNATURE_BYTES = 8 + 64
_FORM = "amanah/audit-export/v1"


@dataclass(frozen=True)
class SignatureInfo:
    """A signature of the checkpoint: of the log itself or of a witness, and if it was verified with a given key."""

    name: str
    key_id: str
    own: bool
    time: datetime | None
    verified: bool


@dataclass(frozen=True)
class ExportHead:
    """The checkpoint of an export, the given keys of the log and its witnesses, and the entry that announces the export."""

    url: str
    data: bytes
    keys: tuple[Verifier, ...]
    witnesses: tuple[Verifier, ...]
    made: datetime
    announcement: LogEntry | None = None

    @property
    def note(self) -> Note:
        """The checkpoint with its signatures."""
        return Note.parse(self.data)

    @property
    def checkpoint(self) -> Checkpoint:
        """The log's size and root."""
        return Checkpoint.parse(self.note.text)

    @property
    def signer(self) -> Verifier | None:
        """The first of the given keys of the log that signed; None when no key was given."""
        signed = {(each.name, each.key_id) for each in self.note.signatures}
        return next((key for key in self.keys if (key.name, key.key_id) in signed), None)

    @property
    def announcement_index(self) -> int | None:
        """The index of the announcing entry; None when the export is not announced."""
        return None if self.announcement is None else self.announcement.index

    @property
    def signatures(self) -> list[SignatureInfo]:
        """All signatures of the checkpoint."""
        given = {(key.name, key.key_id): key for key in (*self.keys, *self.witnesses)}
        found = []
        for each in self.note.signatures:
            key = given.get((each.name, each.key_id))
            own = each.name == self.checkpoint.origin
            # Only a cosignature has a time (tlog-cosignature, "Format"); its length shows which it is.
            time = _to_datetime(each.time) if len(each.data) == _COSIGNATURE_BYTES else None
            found.append(SignatureInfo(each.name, each.key_id.hex(), own, time, key is not None))
        return found


def write_manifest(folder: Path, head: ExportHead, filters: Filters, entries: int) -> None:
    """Writes `export.json`, the keys and the list of signatures."""
    fields = {
        "form": _FORM,
        "amanah": version("amanah"),
        "made": head.made.isoformat(timespec="seconds"),
        "log": head.url,
        **_checkpoint_fields(head.checkpoint),
        "entries": entries,
        "filters": filters.encode() if filters else None,
        "announcement": head.announcement_index,
    }
    write_file(folder / FILE, json.dumps(fields, indent=1, ensure_ascii=False).encode() + b"\n")
    for name, keys in (("log", head.keys), ("witnesses", head.witnesses)):
        if keys:
            write_file(folder / "keys" / f"{name}.vkey", "".join(f"{key}\n" for key in keys).encode())
    write_file(folder / "cosignatures.csv", _signature_table(head.signatures))


def _checkpoint_fields(checkpoint: Checkpoint) -> dict[str, Any]:
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": encode_base64(checkpoint.root)}


def _signature_table(signatures: Sequence[SignatureInfo]) -> bytes:
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(("nama kunci", "id kunci", "log atau saksi", "waktu (UTC)", "diperiksa dengan kunci"))
    for each in signatures:
        who = "log" if each.own else "saksi (witness)"
        time = each.time.isoformat(timespec="seconds") if each.time else ""
        # The names of keys are untrusted.
        table.writerow((escape_formula(each.name), each.key_id, who, time, "ya" if each.verified else "tidak"))
    return out.getvalue().encode("utf-8-sig")


@dataclass(frozen=True)
class Manifest:
    """Content of `export.json`: version of the program, number of entries, filters, and index of the announcing entry."""

    program: str
    fields: Mapping[str, Any]
    entries: int
    filters: Filters | None
    announcement: int | None = None

    def differing_fields(self, checkpoint: Checkpoint) -> list[str]:
        """Returns the fields that differ from the checkpoint."""
        return [name for name, due in _checkpoint_fields(checkpoint).items() if self.fields.get(name) != due]

    @classmethod
    def read(cls, folder: Path) -> "Manifest | None":
        """Reads the manifest of a folder; None without one. Raises ValueError when it is not valid, and OSError."""
        try:
            fields = parse_object(read_file(folder / FILE))
            if fields["form"] != _FORM:
                raise ValueError(f"the form is not {_FORM!r}")
            filters = None if fields["filters"] is None else Filters.decode(fields["filters"])
            # Exports of earlier versions have no field `announcement`.
            program, entries, announcement = fields["amanah"], fields["entries"], fields.get("announcement")
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"a field is missing or has the wrong type ({error})") from None
        if not (isinstance(program, str) and isinstance(entries, int) and isinstance(announcement, int | None)):
            raise ValueError("a field has the wrong type")
        return cls(program, fields, entries, filters, announcement)


def _to_datetime(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
