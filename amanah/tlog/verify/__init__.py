"""The outsider's check of a whole log, with the log's public key and nothing of whoever runs it.

Every leaf is hashed again from the served entries, every tile and the root are built again from the leaves and held
against what is served and signed (RFC 6962 section 2.1, C2SP tlog-tiles). Memory does not grow with the log.
"""

from collections.abc import Callable, Collection

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, NotCosigned, NotSigned, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.proofs import ProofFile, verify_inclusion
from amanah.tlog.tile_reader import Fetch, Files, Listing, Missing
from amanah.tlog.verify import consistency, extra_files
from amanah.tlog.verify.hashers import Hashers
from amanah.tlog.verify.rebuild import Walk
from amanah.tlog.verify.report import Finding, Progress, Report, State

__all__ = [
    "Fetch",
    "Finding",
    "Hashers",
    "Listing",
    "Missing",
    "Progress",
    "Report",
    "State",
    "verify_entry",
    "verify_log",
]


def verify_log(
    fetch: Fetch,
    key: Verifier,
    *,
    also: Collection[Verifier] = (),
    kept: Checkpoint | None = None,
    witnesses: Collection[Verifier] = (),
    quorum: int | None = None,
    listing: Listing | None = None,
    state: State | None = None,
    save: Callable[[State], None] | None = None,
    progress: Progress | None = None,
    hashers: Hashers | None = None,
) -> Report:
    """Check the whole log that `fetch` reads; what does not hold is in the report's findings.

    - `also` are further keys of the same log (see `open_checkpoint`);
    - `kept` is a checkpoint that the auditor saw earlier, which the log must continue;
    - of `witnesses` at least `quorum` must have cosigned, all of them when None;
    - `listing` gives all files of a copy, so that those which no reader of this checkpoint needs are looked at too;
    - `state` is how far an earlier run came, and `save` is given that of this one: on the way, when it is stopped by an
      exception, and at its end; but never where the log is not the one that was signed, or kept, before;
    - `hashers` hash the entries of a copy, whose `listing` is given, beside this process. The report is the same.

    Raises LookupError when there is not even a checkpoint, and whatever else `fetch` raises.
    """
    report, keys = Report(), (key, *also)
    data = fetch(layout.CHECKPOINT)
    try:
        enough = len(witnesses) if quorum is None else quorum
        checkpoint, note = open_checkpoint(data, key, witnesses, enough, also=also)
    except (Malformed, NotSigned) as error:
        report.find(layout.CHECKPOINT, None, str(error))
        report.uncosigned = isinstance(error, NotCosigned)
        return report
    report.head(checkpoint, note, keys, witnesses)
    before, edge = [kept] if kept else [], RightEdge()
    if state:
        before.append(state.checkpoint)
        report.findings.extend(state.findings)
        if state.size <= checkpoint.size:
            edge, report.begun = RightEdge(state.edge), state.size
    before = consistency.reached(before, checkpoint.size, report)

    signer = next(each for each in keys if str(each) in report.signed)

    def keep(signer: Verifier, note: str) -> None:
        if save and not any(finding.path == layout.CHECKPOINT for finding in report.findings):
            save(State(signer, note, tuple(edge.partials()), tuple(report.findings)))

    with Files(fetch, at_hand=listing is not None) as files:
        roots = hashers.roots if hashers and listing and checkpoint.size - edge.size >= hashers.least else None
        walk = Walk(files, checkpoint.size, edge, consistency.tiles(before, checkpoint.size), report, roots)
        # Until this checkpoint is known to continue the earlier one, that one is the evidence which must not be lost.
        first = (state.key, state.note) if state else (signer, data.decode())
        if walk.run(progress or _silent, lambda: keep(*first)):
            root = edge.root()
            if root != checkpoint.root:
                report.find(layout.CHECKPOINT, None, _not_signed(report))
            if root == checkpoint.root or not report.begun:
                consistency.compare(before, checkpoint.size, root, walk.hashes, report)
            keep(signer, data.decode())
        extra_files.compare(files, checkpoint.size, listing, report)
    return report


def _not_signed(report: Report) -> str:
    if report.begun:
        return (
            f"the first {report.begun} entries as they were verified, and those served since, are not what was signed"
        )
    return f"the {report.size} entries served are not those that were signed"


def _silent(done: int, total: int) -> None:
    pass


def verify_entry(
    entry: bytes, proof: str, key: Verifier, witnesses: Collection[Verifier] = (), *, also: Collection[Verifier] = ()
) -> Checkpoint:
    """Check one entry with its proof file (C2SP tlog-proof); returns the checkpoint it is under.

    Every witness that is given must have cosigned; `also` are further keys of the log (see `open_checkpoint`). Raises Malformed, NotSigned or NotProven.
    """
    held = ProofFile.parse(proof)
    checkpoint, _ = open_checkpoint(held.checkpoint, key, witnesses, len(witnesses), also=also)
    verify_inclusion(held.index, checkpoint.size, leaf_hash(entry), held.proof, checkpoint.root)
    return checkpoint
