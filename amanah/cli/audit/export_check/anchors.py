"""The anchors of an export: beginnings of its log, as the log lists them, and stamped when they say."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from amanah.cli.audit.export.anchoring import Listed
from amanah.cli.audit.export_check.outcome import Outcome
from amanah.cli.audit.output import SHOWN
from amanah.cli.audit.sources import reason
from amanah.cli.log_copy import read_file
from amanah.runtime.timestamps import Authority, NotStamped
from amanah.tlog import anchors
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned, Verifier
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven, verify_consistency
from amanah.tlog.selection import Prover
from amanah.tlog.verify import Missing


@dataclass
class Anchored:
    """What the anchors are held against: the log's verified checkpoint, its tiles and its keys; the authority, if given."""

    folder: Path
    checkpoint: Checkpoint
    prover: Prover
    keys: Sequence[Verifier]
    authority: Authority | None
    here: set[tuple[str, str]] = field(default_factory=set)
    undated: list[str] = field(default_factory=list)
    continued: int = 0
    others: int = 0
    unstamped: int = 0
    times: list[datetime] = field(default_factory=list)

    def check(self, listed: Listed, outcome: Outcome, *, whole: bool) -> None:
        """Check every anchor in the folder. `listed` has the entries' hashes of them; of the `whole` log, of all of them."""
        for file in sorted((self.folder / "anchor").glob("*/*")):
            path = file.relative_to(self.folder).as_posix()
            if file.name.startswith("."):
                continue
            if not anchors.is_path(path):
                outcome.find(path, None, "an anchor has no such file")
                continue
            try:
                data = read_file(file)
                named = listed.files.get((file.parent.name, file.name))
                self._listed(data, named, whole=whole)
                self._check(file, data)
                if named is None and file.name == anchors.CHECKPOINT:
                    self.undated.append(file.parent.name)
                self.here.add((file.parent.name, file.name))
            except (Malformed, NotSigned, NotProven, NotStamped, Missing, OSError) as error:
                outcome.find(path, None, reason(error))
        self._tell(outcome)
        if whole and (lacking := [anchors.path(*each) for each in sorted(listed.files.keys() - self.here)]):
            outcome.unchecked.append(f"files of anchors that are not here ({len(lacking)}, the first is {lacking[0]})")

    def continues(self, kept: Checkpoint, outcome: Outcome) -> None:
        """Hold the log against a checkpoint that the auditor kept, where the tiles here are enough for that."""
        try:
            self._continues(kept)
            outcome.holds.append(f"continues the checkpoint you kept ({kept.size} entries)")
        except (Missing, Malformed):
            outcome.unchecked.append("the checkpoint you kept: its tiles are not in this selection; use the whole log")
        except NotProven as error:
            outcome.find("checkpoint", None, f"it does not continue the checkpoint you kept: {error}")

    def _listed(self, data: bytes, named: str | None, *, whole: bool) -> None:
        if named is None and not whole:
            return
        if named != f"sha256:{hashlib.sha256(data).hexdigest()}":
            raise NotProven("the log does not list this file, or lists another")

    def _check(self, file: Path, data: bytes) -> None:
        if file.name == anchors.CHECKPOINT:
            note = Note.parse(data)
            self._continues(Checkpoint.parse(note.text))
            self.continued += 1
            # Before a rotation another key signed. The tiles show what the anchor is, whoever signed it.
            given = {(key.name, key.key_id) for key in self.keys}
            if any((each.name, each.key_id) in given for each in note.signatures):
                note.verify(self.keys)
            else:
                self.others += 1
        elif self.authority is None:
            self.unstamped += 1
        else:
            self.times.append(self.authority.check(data, read_file(file.parent / anchors.CHECKPOINT)))

    def _continues(self, old: Checkpoint) -> None:
        if old.origin != self.checkpoint.origin:
            raise NotProven(f"it is of the log {old.origin}")
        size, root = self.checkpoint.size, self.checkpoint.root
        proof = self.prover.consistency(old.size) if 0 < old.size <= size else []
        verify_consistency(old.size, old.root, size, root, proof)

    def _tell(self, outcome: Outcome) -> None:
        if self.continued:
            outcome.holds.append(f"dated checkpoints that this log continues: {self.continued}")
        if self.undated:
            days = ", ".join(self.undated[:SHOWN])
            outcome.unchecked.append(
                f"the days of dated checkpoints ({len(self.undated)}: {days}), since the entries {anchors.NOTED} that name them "
                "are not here"
            )
        if self.times:
            first = f"{min(self.times):%Y-%m-%d %H:%M:%S} UTC"
            outcome.holds.append(f"time stamps that hold: {len(self.times)}, the first of {first}")
        if self.unstamped:
            outcome.unchecked.append(f"time stamps ({self.unstamped}); --tsa-certificates checks them")
        if self.others:
            outcome.unchecked.append(f"signatures of dated checkpoints ({self.others}), by keys that you did not give")
