"""What an export says of itself and of the log: `export.json`, the keys, and who signed the checkpoint."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from amanah.cli.audit.export.entries import Entry
from amanah.cli.audit.export.filters import Filters
from amanah.cli.audit.export.log_files import write
from amanah.cli.audit.export.table import harmless
from amanah.cli.audit.untrusted import parsed
from amanah.cli.log_copy import read_file
from amanah.tlog.checkpoint import Checkpoint, Note, Verifier
from amanah.tlog.encoding import encode_base64

FILE = "export.json"
_COSIGNATURE_BYTES = 8 + 64
_FORM = "amanah/audit-export/v1"


@dataclass(frozen=True)
class Signed:
    """One signature of the checkpoint: the log's own or a witness's, and whether a key that was given checked it."""

    name: str
    key_id: str
    own: bool
    time: datetime | None
    checked: bool


@dataclass(frozen=True)
class Head:
    """The checkpoint that an export is under, with the keys that were given: the log's own, and the witnesses'.

    `announcement` is the entry by which the export was announced, if it was.
    """

    url: str
    data: bytes
    keys: tuple[Verifier, ...]
    witnesses: tuple[Verifier, ...]
    made: datetime
    announcement: Entry | None = None

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
        """The key of the log by which it is checked: the first of those given that signed, if any was given."""
        signed = {(each.name, each.key_id) for each in self.note.signatures}
        return next((key for key in self.keys if (key.name, key.key_id) in signed), None)

    @property
    def announced(self) -> int | None:
        """The index of the announcement's entry, if there is one."""
        return None if self.announcement is None else self.announcement.index

    @property
    def signatures(self) -> list[Signed]:
        """Who signed."""
        given = {(key.name, key.key_id): key for key in (*self.keys, *self.witnesses)}
        found = []
        for each in self.note.signatures:
            key = given.get((each.name, each.key_id))
            own = each.name == self.checkpoint.origin
            # Only a cosignature begins with a time (tlog-cosignature, "Format"): it is that much longer.
            time = _moment(each.time) if len(each.data) == _COSIGNATURE_BYTES else None
            found.append(Signed(each.name, each.key_id.hex(), own, time, key is not None))
        return found


def write_head(folder: Path, head: Head, filters: Filters, entries: int) -> None:
    """Writes everything but the checkpoint, which comes last: it makes the folder an export."""
    checkpoint = head.checkpoint
    about = {
        "form": _FORM,
        "amanah": version("amanah"),
        "made": head.made.isoformat(timespec="seconds"),
        "log": head.url,
        **_told(checkpoint),
        "entries": entries,
        "filters": filters.encode() if filters else None,
        "announcement": head.announced,
    }
    write(folder / FILE, json.dumps(about, indent=1, ensure_ascii=False).encode() + b"\n")
    for name, keys in (("log", head.keys), ("witnesses", head.witnesses)):
        if keys:
            write(folder / "keys" / f"{name}.vkey", "".join(f"{key}\n" for key in keys).encode())
    write(folder / "cosignatures.csv", _signatures(head.signatures))


def _told(checkpoint: Checkpoint) -> dict[str, Any]:
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": encode_base64(checkpoint.root)}


def _signatures(signatures: Sequence[Signed]) -> bytes:
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(("nama kunci", "id kunci", "log atau saksi", "waktu (UTC)", "diperiksa dengan kunci"))
    for each in signatures:
        who = "log" if each.own else "saksi (witness)"
        time = each.time.isoformat(timespec="seconds") if each.time else ""
        # A key's name is whatever the log served.
        table.writerow((harmless(each.name), each.key_id, who, time, "ya" if each.checked else "tidak"))
    return out.getvalue().encode("utf-8-sig")


@dataclass(frozen=True)
class About:
    """What `export.json` says: which program made it, of which checkpoint, how many entries it holds, by which filters, if any,
    and which entry announced it, if one did.
    """

    program: str
    fields: Mapping[str, Any]
    entries: int
    filters: Filters | None
    announcement: int | None = None

    def differing(self, checkpoint: Checkpoint) -> list[str]:
        """The fields that say of the log what its checkpoint does not."""
        return [name for name, due in _told(checkpoint).items() if self.fields.get(name) != due]

    @classmethod
    def read(cls, folder: Path) -> "About | None":
        """Of an export in a folder; None when the file is not there. Raises ValueError when it is none, and OSError."""
        try:
            fields = parsed(read_file(folder / FILE))
            if fields["form"] != _FORM:
                raise ValueError(f"the form is not {_FORM!r}")
            filters = None if fields["filters"] is None else Filters.decode(fields["filters"])
            # Exports of earlier versions have no such field.
            program, entries, announcement = fields["amanah"], fields["entries"], fields.get("announcement")
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"a field is missing or of another type ({error})") from None
        if not (isinstance(program, str) and isinstance(entries, int) and isinstance(announcement, int | None)):
            raise ValueError("a field is of another type")
        return cls(program, fields, entries, filters, announcement)


def _moment(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
