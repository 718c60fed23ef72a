"""Error messages: reports."""

from amanah.contracts.errors.texts import Code, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "figures_disagree",
        "The records do not add up to the figures, so no report was made. Try again, then ask an operator.",
        "Catatan tidak sesuai dengan angkanya, sehingga laporan tidak dibuat. Coba lagi, lalu hubungi operator.",
        "Request the report again; then ask an operator",
        Kind.INTERNAL,
    ),
    Code(
        "period_not_taken",
        "A reconciliation shows the balances as of now. Ask for this report without dates.",
        "Rekonsiliasi menunjukkan saldo saat ini. Minta laporan ini tanpa tanggal.",
        "Ask for it without dates",
    ),
    Code(
        "period_reversed",
        "The period ends before it begins. Swap its dates.",
        "Periode berakhir sebelum dimulai. Tukar tanggalnya.",
        "Swap `from` and `to`",
    ),
    Code(
        "period_wrong_length",
        "The period has the wrong length for this report. Give one date, or both at the right distance.",
        "Panjang periode tidak sesuai dengan laporan ini. Isi satu tanggal, atau keduanya dengan jarak yang sesuai.",
        "A daily report covers one day, a weekly one seven. Give one date, or both at the right distance",
    ),
    Variant(
        "period_wrong_length.day",
        "This report covers one day. Give one date, or the same date twice.",
        "Laporan ini mencakup satu hari. Isi satu tanggal, atau tanggal yang sama dua kali.",
    ),
    Variant(
        "period_wrong_length.week",
        "This report covers seven days. Give its first or its last date, or both.",
        "Laporan ini mencakup tujuh hari. Isi tanggal pertama atau terakhirnya, atau keduanya.",
    ),
    Code(
        "rendering_failed",
        "The file could not be made. Try again, then ask an operator.",
        "Berkas tidak dapat dibuat. Coba lagi, lalu hubungi operator.",
        "Request it again; then ask an operator",
        Kind.INTERNAL,
    ),
)
