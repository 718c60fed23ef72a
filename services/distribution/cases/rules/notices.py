"""Texts that the author of a case gets by SMS. Indonesian; each fits one message."""

from datetime import datetime
from enum import StrEnum

from amanah.contracts.time_zones import local_date


class Notice(StrEnum):
    """Text of a notice."""

    OPENED = "Laporan Anda kami terima dengan nomor {reference}. Kami tindak lanjuti paling lambat {due}."
    RESOLVED = "Laporan {reference} selesai ditindaklanjuti. Hubungi desa bila belum sesuai."


def opened_text(reference: str, due_at: datetime, area: str) -> str:
    """Returns the receipt of a complaint, with the local day of its deadline."""
    return Notice.OPENED.format(reference=reference, due=f"{local_date(due_at, area):%d-%m-%Y}")


def resolved_text(reference: str) -> str:
    """Returns the notice that a case is resolved."""
    return Notice.RESOLVED.format(reference=reference)
