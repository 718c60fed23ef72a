"""Records that anyone can verify: of each kind, the facts to show and the hash that the log holds."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import AreaCode
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.handovers.public import VerifiedHandover, VerifyHandover
from amanah.contracts.reports import VerifiedReport, VerifyReport
from amanah.contracts.rosters import VerifiedRoster, VerifyRoster
from gateway.context import Context
from gateway.verify.i18n import Translator


@dataclass(frozen=True)
class RecordState:
    """State of a record in words; `tone` is good, open or bad. `action` is that of the audit entry that caused it."""

    words: str
    tone: str
    action: AuditAction


@dataclass(frozen=True)
class KnownFile:
    """File whose SHA-256 is on record; `part` is its name in the seal, if the log holds a seal."""

    name: str
    sha256: str
    part: str = ""


@dataclass(frozen=True)
class VerifiableRecord:
    """Record as anyone may see it. The audit entry of `action` about it proves it; `after` is the state in that entry."""

    id: str
    kind: str
    title: str
    facts: tuple[tuple[str, str], ...]
    state: RecordState
    action: AuditAction
    files: tuple[KnownFile, ...]
    after: str
    seal: str = ""


Find = Callable[[Context, Translator, str], Awaitable[VerifiableRecord]]


async def report(context: Context, t: Translator, identifier: str) -> VerifiableRecord:
    """Finds a report by its id, or by the number that is printed on it."""
    found = await context.call(VerifyReport(id=identifier))
    return VerifiableRecord(
        id=found.id,
        kind=t("Laporan", "Report"),
        title=found.title,
        facts=(
            (t("Wilayah", "Area"), _place(context.areas, found.area)),
            (t("Dibuat", "Made"), t.moment(found.made_at)),
            (t("Berkas", "File"), f"{found.format}, {t.number(found.size)} {t('bita', 'bytes')}"),
        ),
        state=RecordState(t("Terbit", "Issued"), "good", VerifiedReport.action),
        action=VerifiedReport.action,
        files=(KnownFile(t("laporan", "the report"), found.sha256),),
        after=f"sha256:{found.sha256}",
    )


async def handover(context: Context, t: Translator, identifier: str) -> VerifiableRecord:
    """Finds a handover, whose evidence has a seal in the log."""
    found = await context.call(VerifyHandover(id=identifier))
    seal = found.seal
    return VerifiableRecord(
        id=found.id,
        kind=t("Serah terima bantuan", "Handover of aid"),
        title=f"{found.program}, {found.round}",
        facts=(
            (t("Bantuan", "Aid"), _items(found, t)),
            (t("Wilayah", "Area"), _place(context.areas, found.area)),
            (t("Diserahkan", "Handed over"), t.moment(found.occurred_at)),
            (t("Dicatat", "Recorded"), t.moment(found.received_at)),
        ),
        state=_state(found.status, t),
        action=VerifiedHandover.action,
        files=(
            KnownFile(t("foto serah terima", "the photo of the handover"), seal.photo, "photo"),
            KnownFile(t("gambar tanda tangan", "the picture of the signature"), seal.signature, "signature"),
        )
        if seal
        else (),
        after=f"sha256:{seal.hash}" if seal else "",
        seal=seal.text if seal else "",
    )


async def roster(context: Context, t: Translator, identifier: str) -> VerifiableRecord:
    """Finds an approved roster."""
    found = await context.call(VerifyRoster(id=identifier))
    return VerifiableRecord(
        id=found.id,
        kind=t("Daftar penerima", "List of recipients"),
        title=f"{_place(context.areas, found.area)}, {found.period}",
        facts=(
            (t("Periode", "Period"), found.period),
            (t("Jumlah penerima", "Recipients"), t.number(found.size)),
            (t("Dasar (SK)", "Decree (SK)"), found.decree),
            (t("Disahkan", "Approved"), t.moment(found.approved_at)),
        ),
        state=RecordState(t("Disahkan", "Approved"), "good", VerifiedRoster.action),
        action=VerifiedRoster.action,
        files=(KnownFile(t("isi daftar", "the content of the list"), found.hash),),
        after=f"sha256:{found.hash}",
    )


KINDS: Mapping[str, Find] = {"Report": report, "Handover": handover, "Roster": roster}
"""Functions that find a record, by the kind that an id's prefix names."""


def _state(status: str, t: Translator) -> RecordState:
    if status == "DISPUTED":
        words = t("Dibantah penerima, sedang diperiksa", "Disputed by its recipient, being looked into")
        return RecordState(words, "open", AuditAction.HANDOVER_DISPUTE)
    if status == "REVERSED":
        words = t("Dibatalkan dengan koreksi, tidak dihitung lagi", "Reversed by a correction, no longer counted")
        return RecordState(words, "bad", AuditAction.CORRECTION_APPROVE)
    return RecordState(t("Diterima", "Accepted"), "good", VerifiedHandover.action)


def _items(found: VerifiedHandover, t: Translator) -> str:
    return ", ".join(f"{item.name} {t.number(item.quantity)} {item.unit}" for item in found.items)


def _place(areas: AreaTable, code: AreaCode) -> str:
    return f"{areas.path(code)} ({code})"
