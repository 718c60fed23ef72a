"""README of an export, in Indonesian and English."""

from importlib.metadata import version
from pathlib import Path

from amanah.cli.audit.export import announcement
from amanah.cli.audit.export.entries import Filters, LogEntry
from amanah.cli.audit.export.manifest import ExportHead
from amanah.cli.audit.export.table import COLUMNS
from amanah.tlog.encoding import encode_base64

FILE = "README.md"

_TEXT = Path(__file__).with_name("readme.txt")
_ENGLISH = (
    "index", "time", "actor", "role", "actor's area and its name", "action and what it means",
    "subject's type and id", "subject's area and its name", "related objects", "outcome", "authority", "reason",
    "service, IP address, device and trace it came from", "state before and after (commitments or file hashes)", "leaf hash",
)  # fmt: skip


def render(head: ExportHead, filters: Filters, entries: int) -> str:
    """Renders the README."""
    checkpoint = head.checkpoint
    return _TEXT.read_text(encoding="utf-8").format(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=encode_base64(checkpoint.root),
        made=f"{head.made:%Y-%m-%d %H:%M:%S} UTC",
        version=version("amanah"),
        url=head.url,
        scope=describe_scope(filters),
        key=head.signer or "VKEY",
        columns=f"{', '.join(COLUMNS)} ({', '.join(_ENGLISH)})",
        **(_selection(entries, checkpoint.size) if filters else _WHOLE),
        **(_announcement(head.announcement) if head.announcement else _UNANNOUNCED),
    )


def describe_scope(filters: Filters) -> str:
    """Describes the filters in both languages."""
    parts = [
        f"dari (from) {filters.since:%Y-%m-%d %H:%M:%S %Z}" if filters.since else "",
        f"sebelum (before) {filters.until:%Y-%m-%d %H:%M:%S %Z}" if filters.until else "",
        f"tentang (about) {', '.join(filters.subjects)}" if filters.subjects else "",
        f"pelaku (actor) {filters.actor}" if filters.actor else "",
    ]
    return "; ".join(filter(None, parts)) or "seluruh log (the whole log)"


_WHOLE = {
    "what_id": "seluruh isi",
    "what_en": "all",
    "files_id": "| `tile/` | Seluruh entri (`tile/entries/`) dan pohon hash, seperti disajikan log |",
    "files_en": "| `tile/` | All entries (`tile/entries/`) and the hash tree, as the log serves them |",
    "limits_id": "Di bawah checkpoint ini tidak ada yang hilang: `verify` akan menemukannya.",
    "limits_en": "Nothing is missing below this checkpoint: `verify` would find it.",
    "by_hand": "    # every entry, tile and the root (Go, Tessera's fsck); it must say \"Successfully fsck'd log\"\n"
    "    printf '%s\\n' VKEY > log.vkey\n"
    "    go run github.com/transparency-dev/tessera/cmd/fsck@v1.0.4 --storage_url=file://$PWD/ \\\n"
    "      --public_key=log.vkey --ui=false --alsologtostderr",
}


_UNANNOUNCED = {
    "announcement": "tidak ada / none",
    "announced_id": "Ekspor ini tidak diumumkan: siapa pun dapat membaca log, dan log tidak mencatat siapa yang membuat folder ini.",
    "announced_en": "This export was not announced: anybody may read the log, and the log does not show who made this folder.",
}


def _announcement(entry: LogEntry) -> dict[str, str]:
    actor, authority = announcement.actor_of(entry), announcement.authority_of(entry)
    reference = announcement.reference_to(entry)
    return {
        "announcement": f"{actor}, dasar / authority {authority}, entri / entry {reference}",
        "announced_id": f"Ekspor ini diumumkan sebelum dibuat: entri log nomor {reference},\n"
        f"menyatakan bahwa {actor} mengekspor entri dalam cakupan di atas dengan dasar {authority}. Entri itu ada di folder ini, dan `verify` memeriksanya.",
        "announced_en": f"This export was announced before it was made: entry {reference} of the log says that\n"
        f"{actor} exports the scope above on the authority {authority}. This entry is in this folder, and `verify` checks it.",
    }


def _selection(entries: int, size: int) -> dict[str, str]:
    return {
        "what_id": f"{entries} dari {size} entri",
        "what_en": f"{entries} of the {size} entries",
        "files_id": "| `entries/` | Setiap entri apa adanya, satu berkas JSON per entri, bernama menurut indeksnya |\n"
        "| `proofs/` | Untuk setiap entri bukti bahwa ia ada di log (C2SP tlog-proof) |\n"
        "| `tile/` | Bagian pohon hash yang menjadi dasar bukti itu |",
        "files_en": "| `entries/` | Each entry unchanged, one JSON file each, named by its index |\n"
        "| `proofs/` | For each entry the proof that it is in the log (C2SP tlog-proof) |\n"
        "| `tile/` | The part of the hash tree from which these proofs were built |",
        "limits_id": "Saat petikan ini dibuat, seluruh entri log dihitung hash-nya dan menghasilkan root di atas. Folder ini sendiri\n"
        "membuktikan setiap entri yang dimuatnya; bahwa tidak ada entri lain yang sesuai, hanya dapat dibuktikan dengan seluruh\n"
        "log: ekspor tanpa saringan, atau ulangi petikan ini.",
        "limits_en": "When this selection was made, every entry of the log was hashed, and the result was the root above. The folder\n"
        "proves each entry in it. It cannot prove that no other entry matches; only the whole log can: export it without filters,\n"
        "or make this selection again.",
        "by_hand": "    # entry 42 with its proof (Go, Torchwood's spicy, which expects the proof without its first line)\n"
        "    cp entries/000000042.json ../entry.json; tail -n +2 proofs/000000042.tlog-proof > ../entry.json.spicy\n"
        "    go run filippo.io/torchwood/cmd/spicy@v0.9.0 -verify VKEY ../entry.json\n"
        "    # its hash as in entries.csv and in the tiles\n"
        "    (printf '\\0'; cat entries/000000042.json) | sha256sum",
    }
