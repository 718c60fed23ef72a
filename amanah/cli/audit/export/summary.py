"""`summary.pdf`: a summary of the export for readers, in Indonesian with the English terms."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from amanah.cli.audit.export import announcement
from amanah.cli.audit.export.entries import EntryCounts, Filters, LogEntry
from amanah.cli.audit.export.log_files import Anchor
from amanah.cli.audit.export.manifest import ExportHead
from amanah.cli.audit.export.readme import describe_scope
from amanah.cli.audit.export.words import describe_action
from amanah.tlog.encoding import encode_base64

FILE = "summary.pdf"

_LAYOUT = Path(__file__).with_name("summary.typ")
_MAX_ROWS = 40
# Characters that typst's embedded fonts lack; the PDF standard does not allow them.
_MISSING_GLYPHS = re.compile("[^ -~\u00a0-\u024f\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u20a0-\u20c0\u2190-\u22ff]")
_STANDARDS: list[Any] = ["ua-1"]


def render(head: ExportHead, filters: Filters, counts: EntryCounts, anchors: Sequence[Anchor]) -> bytes:
    """Renders the PDF; equal arguments give equal bytes."""
    import typst  # importing it takes a third of a second, which only this command needs

    page = orjson.dumps(_printable(_page(head, filters, counts, anchors))).decode()
    compiler = typst.Compiler(
        _LAYOUT,
        root=_LAYOUT.parent,
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
        ignore_system_fonts=True,
        sys_inputs={"page": page},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=_STANDARDS, timestamp=int(head.made.timestamp()))
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no PDF")
    return pdf


def _page(head: ExportHead, filters: Filters, counts: EntryCounts, anchors: Sequence[Anchor]) -> dict[str, Any]:
    checkpoint, root = head.checkpoint, encode_base64(head.checkpoint.root)
    return {
        "title": "Ringkasan ekspor log audit",
        "subtitle": "Petikan untuk pemeriksaan" if filters else "Seluruh log",
        "origin": checkpoint.origin,
        "size_line": f"{_number(checkpoint.size)} entri, root",
        "root": root,
        "facts": [
            ("Log (origin)", checkpoint.origin),
            ("Cakupan (scope)", describe_scope(filters)),
            ("Jumlah entri", f"{_number(counts.entries)} dari {_number(checkpoint.size)} entri log"),
            *_announcement(head.announcement),
            ("Ukuran log (size)", _number(checkpoint.size)),
            ("Root", root),
            ("Entri pertama", _describe_entry(counts.first)),
            ("Entri terakhir", _describe_entry(counts.last)),
            ("Dibuat (made)", f"{_time(head.made)}, Amanah {version('amanah')}"),
            ("Sumber (source)", head.url),
            ("Kunci log (key)", str(head.signer) if head.keys else "tidak diberikan saat ekspor: tanda tangan belum diperiksa"),
        ],
        "steps": [
            "Bandingkan kunci log dengan yang diberikan pengelola log di atas kertas (compare the key with the paper).",
            "Jalankan perintah di bawah di dalam folder ini; tidak perlu jaringan (no network is needed). Hasilnya 0 bila semua "
            "cocok.",
            "Bandingkan ukuran dan root di atas dengan salinan auditor lain, dengan para saksi (witness), dan dengan yang "
            "tercetak pada laporan.",
        ],
        "command": f"amanah audit verify . --key {head.signer or 'VKEY'}",
        "limits": "Petikan membuktikan setiap entri yang dimuatnya. Bahwa tidak ada entri lain yang sesuai hanya dapat dibuktikan "
        "dengan seluruh log. Ringkasan ini untuk dibaca; buktinya adalah entri, checkpoint dan pohon hash di folder ini."
        if filters
        else "Ringkasan ini untuk dibaca; buktinya adalah entri, checkpoint dan pohon hash di folder ini.",
        "sections": [
            _signatures(head),
            _anchors(anchors),
            _counts("Menurut tindakan (by action)", ("Tindakan", "Arti", "Jumlah"), (0, 62, 22),
                    [((action, describe_action(action)), count) for action, count in counts.actions.most_common(_MAX_ROWS)], len(counts.actions)),
            _counts("Menurut pelaku (by actor)", ("Pelaku", "Peran", "Jumlah"), (0, 62, 22),
                    [(actor, count) for actor, count in counts.actors.most_common(_MAX_ROWS)], len(counts.actors)),
            _counts("Menurut hasil (by outcome)", ("Hasil", "Jumlah"), (0, 22),
                    [((outcome,), count) for outcome, count in counts.outcomes.most_common(_MAX_ROWS)], len(counts.outcomes)),
        ],
        "method": "Program membaca seluruh entri dari alamat log yang terbuka untuk umum, "
        + (
            "memeriksa bahwa semuanya menghasilkan root di atas, memilih entri yang sesuai cakupan, membuat untuk masing-masing bukti keberadaan (inclusion proof) dari pohon hash log, "
            "dan memeriksa setiap bukti terhadap root di atas sebelum menulisnya."
            if filters
            else "menyalin setiap berkas log apa adanya, dan menyusun tabel entries.csv darinya."
        )
        + " Log tidak memuat NIK, nama, nomor telepon, atau foto.",
    }  # fmt: skip


def _announcement(entry: LogEntry | None) -> list[tuple[str, str]]:
    """Returns the rows about the announcement of the export."""
    if entry is None:
        return [
            (
                "Pengumuman (announced)",
                "tidak diumumkan: log tidak mencatat siapa yang membuat ekspor ini (not announced)",
            )
        ]
    return [
        ("Oleh (announced by)", announcement.actor_of(entry)),
        ("Dasar (authority)", announcement.authority_of(entry)),
        ("Entri pengumuman", f"nomor {announcement.reference_to(entry)}"),
    ]


def _signatures(head: ExportHead) -> dict[str, Any]:
    rows = [
        (
            each.name,
            each.key_id,
            "log" if each.own else "saksi (witness)",
            _time(each.time) if each.time else "–",
            "ya" if each.verified else "tidak",
        )
        for each in head.signatures
    ]
    note = (
        "" if any(not each.own for each in head.signatures) else "Checkpoint ini tanpa tanda tangan saksi (no witness)."
    )
    header = ("Nama kunci", "Id kunci", "Siapa", "Waktu", "Diperiksa")
    return _section("Tanda tangan dan saksi (signatures and witnesses)", note, (0, 22, 32, 44, 20), 9, header, rows)


def _anchors(anchors: Sequence[Anchor]) -> dict[str, Any]:
    shown = anchors[-_MAX_ROWS:]
    rows = [(each.name, _number(each.checkpoint.size), each.root, "ada" if each.stamped else "–") for each in shown]
    note = "Checkpoint pertama setiap hari (UTC). Cap waktu: dari otoritas cap waktu (RFC 3161)."
    if not anchors:
        note = "Belum ada checkpoint bertanggal (no dated checkpoint)."
    elif len(anchors) > len(shown):
        note += f" Ditampilkan {len(shown)} yang terakhir dari {_number(len(anchors))}."
    return _section(
        "Checkpoint bertanggal (anchors)", note, (30, 22, 0, 22), 9, ("Hari", "Ukuran", "Root", "Cap waktu"), rows
    )


def _counts(
    title: str, header: Sequence[str], widths: Sequence[int], rows: Iterable[tuple[Sequence[str], int]], all_: int
) -> dict[str, Any]:
    cells = [(*(part or "–" for part in parts), _number(count)) for parts, count in rows]
    note = f"Ditampilkan {len(cells)} yang terbanyak dari {_number(all_)}." if all_ > len(cells) else ""
    return _section(title, note, widths, len(header) - 1, header, cells)


def _section(
    title: str, note: str, widths: Sequence[int], right_from: int, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Returns a table; `widths` in millimetres, 0 for the rest; columns from `right_from` on are aligned right."""
    return {"title": title, "note": note, "widths": widths, "right_from": right_from, "header": header, "rows": rows}


def _describe_entry(entry: LogEntry | None) -> str:
    if entry is None:
        return "–"
    return f"nomor {_number(entry.index)}, {entry.text('time')}, {entry.text('action')}"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _printable(value: Any) -> Any:
    """Replaces each character that no embedded font has by a box."""
    match value:
        case str():
            return _MISSING_GLYPHS.sub("\u25a1", unicodedata.normalize("NFC", value))
        case list() | tuple():
            return [_printable(part) for part in value]
        case dict():
            return {key: _printable(part) for key, part in value.items()}
    return value
