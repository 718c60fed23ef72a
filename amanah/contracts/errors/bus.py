"""Error messages: messages on the bus, and why one becomes a dead letter."""

from amanah.contracts.errors.texts import Code, FindingCode, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "bad_envelope",
        "The headers are not those of a CloudEvent. Find the sender.",
        "Header pesan bukan header CloudEvent. Cari pengirimnya.",
        "Find the sender; no service of this installation sends it",
        Kind.BAD_USER_INPUT,
    ),
    Variant(
        "bad_envelope.content_type",
        "The header content-type is not application/json.",
        "Header content-type bukan application/json.",
    ),
    Variant("bad_envelope.encoding", "The header {header} is not UTF-8.", "Header {header} bukan UTF-8."),
    Variant("bad_envelope.missing", "The header {header} is missing.", "Header {header} tidak ada."),
    Variant(
        "bad_envelope.time",
        "The header ce_time is not an RFC 3339 time.",
        "Header ce_time bukan waktu RFC 3339.",
    ),
    Variant("bad_envelope.version", "Only CloudEvents 1.0 are supported.", "Hanya CloudEvents 1.0 yang didukung."),
    FindingCode(
        "bug",
        "The consumer failed on this message because of a programming error. Report it.",
        "Pesan ini gagal diproses karena kesalahan program. Laporkan.",
        "The explanation names the place in the code. Report it; replay after the fix",
    ),
    Code(
        "message_too_large",
        "A message for {topic} is over {limit} bytes. Send it in smaller parts.",
        "Pesan untuk {topic} melebihi {limit} bita. Kirim dalam bagian yang lebih kecil.",
        "Send it in smaller parts",
    ),
    FindingCode(
        "not_an_entry",
        "This message is not an audit entry: {problem}.",
        "Pesan ini bukan entri audit: {problem}.",
        "Find who sent it to `audit.entries.v1`",
    ),
    FindingCode(
        "undecodable",
        "The content does not match its type ({problem}). Upgrade the consumer, then replay.",
        "Isi pesan tidak sesuai dengan jenisnya ({problem}). Perbarui konsumennya, lalu putar ulang.",
        "Upgrade the consumer, then replay",
    ),
    Variant(
        "undecodable.log_rule",
        "Unknown rule of the audit log. Upgrade this service, then replay.",
        "Aturan log audit tidak dikenal. Perbarui layanan ini, lalu putar ulang.",
    ),
)
