"""Verification of a whole log with nothing but its public key.

It hashes every served entry, rebuilds every tile and the root from the leaf hashes, and compares them with what is served
and signed (RFC 6962 section 2.1, C2SP tlog-tiles). Memory does not grow with the log.
"""

from collections.abc import Callable, Collection

from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, NotCosigned, NotSigned, Verifier, open_checkpoint
from amanah.tlog.layout import Malformed
from amanah.tlog.merkle import RightEdge, leaf_hash
from amanah.tlog.proofs import ProofFile, verify_inclusion
from amanah.tlog.tile_reader import Fetch, Listing, Missing, TileReader
from amanah.tlog.verify import consistency, extra_files
from amanah.tlog.verify.hashers import Hashers
from amanah.tlog.verify.rebuild import Rebuild
from amanah.tlog.verify.report import Finding, Progress, VerificationReport, VerificationState

__all__ = [
    "Fetch",
    "Finding",
    "Hashers",
    "Listing",
    "Missing",
    "Progress",
    "VerificationReport",
    "VerificationState",
    "verify_entry",
    "verify_log",
]


def verify_log(
    fetch: Fetch,
    key: Verifier,
    *,
    other_keys: Collection[Verifier] = (),
    earlier: Checkpoint | None = None,
    witnesses: Collection[Verifier] = (),
    quorum: int | None = None,
    listing: Listing | None = None,
    state: VerificationState | None = None,
    save: Callable[[VerificationState], None] | None = None,
    progress: Progress | None = None,
    hashers: Hashers | None = None,
) -> VerificationReport:
    """Verifies the whole log that `fetch` reads; inconsistencies are the report's findings.

    - `other_keys` are further keys of the same log (see `open_checkpoint`);
    - `earlier` is a checkpoint that the auditor saw before, which the log must continue;
    - of `witnesses` at least `quorum` must have cosigned, all of them when None;
    - `listing` lists the files of a local copy, so that extra files are compared too;
    - `state` is that of an earlier run; `save` is called with that of this run: on the way, when an exception ends it, and
      at its end, but never when the log contradicts a checkpoint;
    - `hashers` hash the entries of a local copy, whose `listing` is given, in parallel. The report is the same.

    Raises LookupError when there is no checkpoint, and whatever else `fetch` raises.
    """
    report, keys = VerificationReport(), (key, *other_keys)
    data = fetch(layout.CHECKPOINT)
    try:
        required = len(witnesses) if quorum is None else quorum
        checkpoint, note = open_checkpoint(data, key, witnesses, required, other_keys=other_keys)
    except (Malformed, NotSigned) as error:
        report.add(layout.CHECKPOINT, None, str(error))
        report.lacks_cosignatures = isinstance(error, NotCosigned)
        return report
    report.set_head(checkpoint, note, keys, witnesses)
    known, edge = [earlier] if earlier else [], RightEdge()
    if state:
        known.append(state.checkpoint)
        report.findings.extend(state.findings)
        if state.size <= checkpoint.size:
            edge, report.start = RightEdge(state.edge), state.size
    known = consistency.reachable(known, checkpoint.size, report)

    signer = next(each for each in keys if str(each) in report.signers)

    def keep(signer: Verifier, note: str) -> None:
        if save and not any(finding.path == layout.CHECKPOINT for finding in report.findings):
            save(VerificationState(signer, note, tuple(edge.partials()), tuple(report.findings)))

    with TileReader(fetch, local=listing is not None) as files:
        roots = hashers.roots if hashers and listing and checkpoint.size - edge.size >= hashers.least else None
        rebuild = Rebuild(
            files, checkpoint.size, edge, consistency.required_tiles(known, checkpoint.size), report, roots
        )
        # Until this checkpoint is known to continue the earlier one, the earlier one is evidence and must be kept.
        first = (state.key, state.note) if state else (signer, data.decode())
        if rebuild.run(progress or _silent, lambda: keep(*first)):
            root = edge.root()
            if root != checkpoint.root:
                report.add(layout.CHECKPOINT, None, _not_signed(report))
            if root == checkpoint.root or not report.start:
                consistency.check(known, checkpoint.size, root, rebuild.hashes, report)
            keep(signer, data.decode())
        extra_files.check(files, checkpoint.size, listing, report)
    return report


def _not_signed(report: VerificationReport) -> str:
    if report.start:
        return f"the {report.start} entries verified earlier and those served since do not have the signed root"
    return f"the {report.size} entries served do not have the signed root"


def _silent(done: int, total: int) -> None:
    pass


def verify_entry(
    entry: bytes,
    proof: str,
    key: Verifier,
    witnesses: Collection[Verifier] = (),
    *,
    other_keys: Collection[Verifier] = (),
) -> Checkpoint:
    """Verifies one entry by its proof file (C2SP tlog-proof); returns the checkpoint in it.

    Every given witness must have cosigned; `other_keys` are further keys of the log (see `open_checkpoint`). Raises
    Malformed, NotSigned or NotProven.
    """
    file = ProofFile.parse(proof)
    checkpoint, _ = open_checkpoint(file.checkpoint, key, witnesses, len(witnesses), other_keys=other_keys)
    verify_inclusion(file.index, checkpoint.size, leaf_hash(entry), file.proof, checkpoint.root)
    return checkpoint
