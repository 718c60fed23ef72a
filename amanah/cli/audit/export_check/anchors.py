"""Check of an export's anchors: the log must list and continue them, and their time stamps must verify."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from amanah.cli.audit.export.log_files import AnchorList
from amanah.cli.audit.output import MAX_SHOWN, CheckResult, error_text
from amanah.cli.log_copy import read_file
from amanah.contracts.audit.actions import AuditAction
from amanah.tlog import anchors
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned, Verifier
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven, verify_consistency
from amanah.tlog.selection import Prover
from amanah.tlog.timestamps import Authority, NotStamped
from amanah.tlog.verify import Missing


@dataclass
class AnchorCheck:
    """Check of anchors against the log's verified checkpoint, its tiles and keys, and the time-stamping authority, if given."""

    folder: Path
    checkpoint: Checkpoint
    prover: Prover
    keys: Sequence[Verifier]
    authority: Authority | None
    _present: set[tuple[str, str]] = field(default_factory=set)
    _unlisted: list[str] = field(default_factory=list)
    _continued: int = 0
    _unknown_keys: int = 0
    _unchecked_stamps: int = 0
    _times: list[datetime] = field(default_factory=list)

    def run(self, listed: AnchorList, result: CheckResult, *, whole: bool) -> None:
        """Checks every anchor in the folder. `listed` has the hashes in the entries, of the `whole` log in all of them."""
        for file in sorted((self.folder / "anchor").glob("*/*")):
            path = file.relative_to(self.folder).as_posix()
            if file.name.startswith("."):
                continue
            if not anchors.is_path(path):
                result.find(path, None, "an anchor has no such file")
                continue
            try:
                data = read_file(file)
                expected = listed.files.get((file.parent.name, file.name))
                self._check_hash(data, expected, whole=whole)
                self._check(file, data)
                if expected is None and file.name == anchors.CHECKPOINT:
                    self._unlisted.append(file.parent.name)
                self._present.add((file.parent.name, file.name))
            except (Malformed, NotSigned, NotProven, NotStamped, Missing, OSError) as error:
                result.find(path, None, error_text(error))
        self._summarize(result)
        if whole and (missing := [anchors.path(*each) for each in sorted(listed.files.keys() - self._present)]):
            result.unchecked.append(f"files of anchors that are not here ({len(missing)}, the first is {missing[0]})")

    def check_earlier(self, earlier: Checkpoint, result: CheckResult) -> None:
        """Checks that the log continues the auditor's earlier checkpoint, if the tiles here are enough to prove it."""
        try:
            self._verify_consistency(earlier)
            result.confirmed.append(f"continues the checkpoint in --old ({earlier.size} entries)")
        except (Missing, Malformed):
            result.unchecked.append("the checkpoint in --old: its tiles are not in this selection; use the whole log")
        except NotProven as error:
            result.find("checkpoint", None, f"it does not continue the checkpoint in --old: {error}")

    def _check_hash(self, data: bytes, expected: str | None, *, whole: bool) -> None:
        if expected is None and not whole:
            return
        if expected != f"sha256:{hashlib.sha256(data).hexdigest()}":
            raise NotProven("the log does not list this file, or lists another one")

    def _check(self, file: Path, data: bytes) -> None:
        if file.name == anchors.CHECKPOINT:
            note = Note.parse(data)
            self._verify_consistency(Checkpoint.parse(note.text))
            self._continued += 1
            # Before a key rotation another key signed. The tiles authenticate the anchor even without its key.
            given = {(key.name, key.key_id) for key in self.keys}
            if any((each.name, each.key_id) in given for each in note.signatures):
                note.verify(self.keys)
            else:
                self._unknown_keys += 1
        elif self.authority is None:
            self._unchecked_stamps += 1
        else:
            self._times.append(self.authority.check(data, read_file(file.parent / anchors.CHECKPOINT)))

    def _verify_consistency(self, old: Checkpoint) -> None:
        if old.origin != self.checkpoint.origin:
            raise NotProven(f"it is of the log {old.origin}")
        size, root = self.checkpoint.size, self.checkpoint.root
        proof = self.prover.consistency(old.size) if 0 < old.size <= size else []
        verify_consistency(old.size, old.root, size, root, proof)

    def _summarize(self, result: CheckResult) -> None:
        if self._continued:
            result.confirmed.append(f"dated checkpoints that this log continues: {self._continued}")
        if self._unlisted:
            days = ", ".join(self._unlisted[:MAX_SHOWN])
            result.unchecked.append(
                f"the days of dated checkpoints ({len(self._unlisted)}: {days}), since the entries {AuditAction.CHECKPOINT_DATE} that "
                "list them are not here"
            )
        if self._times:
            first = f"{min(self._times):%Y-%m-%d %H:%M:%S} UTC"
            result.confirmed.append(f"valid time stamps: {len(self._times)}, the first of {first}")
        if self._unchecked_stamps:
            result.unchecked.append(f"time stamps ({self._unchecked_stamps}); add --tsa-certificates")
        if self._unknown_keys:
            result.unchecked.append(
                f"signatures of dated checkpoints ({self._unknown_keys}) by keys that were not given"
            )
