"""Error messages: shipment events of partners that are rejected, and the documents that carry them."""

from amanah.contracts.errors.texts import Finding, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Finding(
        "not_json",
        "The document is not JSON in UTF-8. Check how it is written.",
        "Dokumen bukan JSON dalam UTF-8. Periksa cara penulisannya.",
        "Check how the document is written",
    ),
    Variant(
        "not_json.body",
        "The body is not a JSON object. Send one.",
        "Isi permintaan bukan objek JSON. Kirim sebuah objek JSON.",
        kind=Kind.BAD_USER_INPUT,
    ),
    Variant(
        "not_json.encoding",
        "The document is not UTF-8, as JSON must be. Check how it is written.",
        "Dokumen bukan UTF-8, sedangkan JSON harus UTF-8. Periksa cara penulisannya.",
        kind=Kind.BAD_USER_INPUT,
    ),
    Variant(
        "not_json.syntax",
        "The document is not JSON: {problem}. Check how it is written.",
        "Dokumen bukan JSON: {problem}. Periksa cara penulisannya.",
    ),
    Variant(
        "not_your_package.event",
        "Package {code} is not assigned to you. Check the label, or ask the regency.",
        "Paket {code} bukan paket yang ditugaskan kepada Anda. Periksa labelnya, atau tanyakan kepada kabupaten/kota.",
        "The package is not given to you to move. Check the label; ask the regency",
        kind=Kind.FINDING,
    ),
    Finding(
        "rolled_back",
        "Another event of the document was rejected, and all or none were to be accepted. Correct that event, then "
        "send all again.",
        "Peristiwa lain dalam dokumen ini ditolak, padahal diminta semua atau tidak sama sekali. Perbaiki peristiwa "
        "itu, lalu kirim semuanya kembali.",
        "Correct the other event, send all again",
    ),
    Finding(
        "schema",
        "Invalid event: {problem}. Correct the field.",
        "Peristiwa tidak sesuai: {problem}. Perbaiki isiannya.",
        "A field is missing or wrong, or unknown without a prefix. Correct the field that is named",
    ),
    Variant(
        "schema.aggregation",
        "An AggregationEvent with action ADD or DELETE requires parentID.",
        "AggregationEvent dengan action ADD atau DELETE memerlukan parentID.",
    ),
    Variant(
        "schema.document",
        "An EPCISDocument or a single event must be a JSON object.",
        "EPCISDocument atau satu peristiwa harus berupa objek JSON.",
    ),
    Variant("schema.empty", "The document contains no event.", "Dokumen tidak memuat peristiwa."),
    Variant("schema.event", "An event must be a JSON object.", "Peristiwa harus berupa objek JSON."),
    Variant(
        "schema.field",
        "Unknown field {name}. Correct its name; extensions need a prefix, such as example:{name}.",
        "Isian {name} tidak dikenal. Perbaiki namanya; ekstensi memerlukan prefiks, misalnya example:{name}.",
    ),
    Variant("schema.kind", "type must be one of {kinds}.", "type harus salah satu dari {kinds}."),
    Variant(
        "schema.object",
        "An ObjectEvent requires epcList or quantityList.",
        "ObjectEvent memerlukan epcList atau quantityList.",
    ),
    Variant(
        "schema.time",
        "Invalid time. Write an RFC 3339 time with its offset, such as 2026-11-24T09:30:00+07:00.",
        "Waktu tidak sesuai. Tulis waktu RFC 3339 dengan selisih zona waktunya, misalnya 2026-11-24T09:30:00+07:00.",
    ),
    Variant(
        "schema.word",
        "{word} is not in the Core Business Vocabulary. Correct it; private words are URIs.",
        "{word} tidak ada dalam Core Business Vocabulary. Perbaiki; kata khusus ditulis sebagai URI.",
    ),
    Variant(
        "time_in_future.event",
        "The event lies more than 5 minutes in the future. Check the clock and the offset.",
        "Waktu peristiwa lebih dari 5 menit di masa depan. Periksa jam dan selisih zona waktunya.",
        "The event lies more than 5 minutes ahead. Check the clock and the offset",
        kind=Kind.FINDING,
    ),
    Variant(
        "too_large.document",
        "The document has {size} bytes; at most {most} are accepted. Send fewer events at once.",
        "Dokumen berukuran {size} bita; paling banyak {most} yang diterima. Kirim lebih sedikit peristiwa sekaligus.",
        "Send fewer events at once",
        kind=Kind.FINDING,
    ),
    Finding(
        "too_many_events",
        "The document has {count} events; at most {most} are accepted. Send them in several documents.",
        "Dokumen memuat {count} peristiwa; paling banyak {most} yang diterima. Kirim dalam beberapa dokumen.",
        "Send them in several documents",
        status=413,
    ),
    Finding(
        "unknown_package",
        "The event names no package. Name it by its SSCC or its code.",
        "Peristiwa tidak menyebut paket. Sebutkan dengan SSCC atau kodenya.",
        "There is no such package, or the event names none. Check the label; name it by SSCC or code",
    ),
    Variant(
        "unknown_package.code",
        "No package has the code {code}. Check the label.",
        "Tidak ada paket dengan kode {code}. Periksa labelnya.",
    ),
    Finding(
        "unknown_place",
        "This place is not registered. Check its code, or ask the regency to create it.",
        "Tempat ini belum terdaftar. Periksa kodenya, atau minta kabupaten/kota membuatnya.",
        "Check the code; ask the regency to create it",
    ),
)
