"""Error messages: shipment events of partners that are rejected, and the documents that carry them."""

from amanah.contracts.errors.texts import Code, FindingCode, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "encoding_invalid",
        "The body is not compressed with {coding}. Check how it is compressed.",
        "Isi permintaan tidak dikompresi dengan {coding}. Periksa cara kompresinya.",
        "Compress the body again, or send it uncompressed",
        Kind.BAD_USER_INPUT,
    ),
    Code(
        "encoding_unsupported",
        "Unsupported compression. Compress the body with one of {accepted}, or send it uncompressed.",
        "Kompresi tidak didukung. Gunakan salah satu dari {accepted}, atau kirim tanpa kompresi.",
        "Compress the body with gzip, deflate or zstd, or send it uncompressed",
        Kind.BAD_USER_INPUT,
        415,
    ),
    FindingCode(
        "not_csv",
        "The file is not CSV in UTF-8. Save it as CSV UTF-8.",
        "Berkas bukan CSV dalam UTF-8. Simpan sebagai CSV UTF-8.",
        "Save the file as CSV UTF-8; take the column names from the template",
    ),
    Variant(
        "not_csv.column",
        "Unknown column {name}. Take the column names from the template.",
        "Kolom {name} tidak dikenal. Gunakan nama kolom dari templat.",
    ),
    Variant(
        "not_csv.columns",
        "Missing columns: {names}. Take the column names from the template.",
        "Kolom tidak ada: {names}. Gunakan nama kolom dari templat.",
    ),
    Variant(
        "not_csv.twice",
        "Two columns are named {name}. Remove one.",
        "Dua kolom bernama {name}. Hapus salah satu.",
    ),
    FindingCode(
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
    FindingCode(
        "not_xml",
        "The document is not EPCIS in XML. Check how it is written.",
        "Dokumen bukan EPCIS dalam XML. Periksa cara penulisannya.",
        "Check how the document is written",
    ),
    Variant(
        "not_xml.bounds",
        "The document is nested too deeply or has too many elements. Send fewer events at once.",
        "Dokumen bersarang terlalu dalam atau memiliki terlalu banyak elemen. Kirim lebih sedikit peristiwa sekaligus.",
    ),
    Variant(
        "not_xml.doctype",
        "A document type declaration is not accepted. Remove it.",
        "Deklarasi tipe dokumen (DOCTYPE) tidak diterima. Hapus deklarasi itu.",
    ),
    Variant(
        "not_xml.root",
        "The root element must be an EPCISDocument of EPCIS 1.2 or 2.0.",
        "Elemen akar harus EPCISDocument dari EPCIS 1.2 atau 2.0.",
    ),
    Variant(
        "not_xml.syntax",
        "The document is not XML: {problem}. Check how it is written.",
        "Dokumen bukan XML: {problem}. Periksa cara penulisannya.",
    ),
    Variant(
        "not_your_package.event",
        "Package {code} is not assigned to you. Check the label, or ask the regency.",
        "Paket {code} bukan paket yang ditugaskan kepada Anda. Periksa labelnya, atau tanyakan kepada kabupaten/kota.",
        "The package is not given to you to move. Check the label; ask the regency",
        kind=Kind.FINDING,
    ),
    FindingCode(
        "rolled_back",
        "Another event of the document was rejected, and all or none were to be accepted. Correct that event, then "
        "send all again.",
        "Peristiwa lain dalam dokumen ini ditolak, padahal diminta semua atau tidak sama sekali. Perbaiki peristiwa "
        "itu, lalu kirim semuanya kembali.",
        "Correct the other event, send all again",
    ),
    FindingCode(
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
        "schema.cells",
        "The row has more cells than there are columns. Put cells that contain the separator in quotation marks.",
        "Baris memiliki lebih banyak sel daripada kolom. Beri tanda kutip pada sel yang memuat pemisah.",
    ),
    Variant(
        "schema.control",
        "The value contains a control character. Remove it.",
        "Nilai memuat karakter kendali. Hapus karakter itu.",
    ),
    Variant(
        "schema.disagrees",
        "The rows of one event must agree in every column but package, item, quantity and unit. Give each event "
        "its own id.",
        "Baris dari satu peristiwa harus sama pada semua kolom selain paket, barang, jumlah, dan satuan. Beri "
        "setiap peristiwa id tersendiri.",
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
    Variant(
        "schema.formula",
        "The cell begins with a sign that spreadsheets read as a formula. Write the name without it.",
        "Sel diawali tanda yang dibaca lembar kerja sebagai rumus. Tulis namanya tanpa tanda itu.",
    ),
    Variant("schema.kind", "type must be one of {kinds}.", "type harus salah satu dari {kinds}."),
    Variant(
        "schema.object",
        "An ObjectEvent requires epcList, quantityList or sensorElementList.",
        "ObjectEvent memerlukan epcList, quantityList, atau sensorElementList.",
    ),
    Variant(
        "schema.quantity",
        "Invalid quantity. Write a number such as 1500 or 12,5, without thousands separators.",
        "Jumlah tidak sesuai. Tulis angka seperti 1500 atau 12,5 tanpa pemisah ribuan.",
    ),
    Variant(
        "schema.time",
        "Invalid time. Write an RFC 3339 time with its offset, such as 2026-11-24T09:30:00+07:00.",
        "Waktu tidak sesuai. Tulis waktu RFC 3339 dengan selisih zona waktunya, misalnya 2026-11-24T09:30:00+07:00.",
    ),
    Variant(
        "schema.transformation",
        "A TransformationEvent requires inputs and outputs, or a transformationID with either.",
        "TransformationEvent memerlukan masukan dan keluaran, atau transformationID dengan salah satunya.",
    ),
    Variant(
        "schema.unit",
        "Unknown unit {unit}. Write kg, liter, pcs or a code of UN/CEFACT Recommendation 20.",
        "Satuan {unit} tidak dikenal. Tulis kg, liter, pcs, atau kode UN/CEFACT Recommendation 20.",
    ),
    Variant(
        "schema.uri",
        "Invalid id. Write a URI, such as urn:uuid:0c1e8a6e-52f7-4b0e-9f0c-3d0a8f5f1d11.",
        "Id tidak sesuai. Tulis URI, misalnya urn:uuid:0c1e8a6e-52f7-4b0e-9f0c-3d0a8f5f1d11.",
    ),
    Variant(
        "schema.word",
        "{word} is not in the Core Business Vocabulary. Correct it; private words are URIs.",
        "{word} tidak ada dalam Core Business Vocabulary. Perbaiki; kata khusus ditulis sebagai URI.",
    ),
    Variant(
        "schema.zone",
        "The time has no zone. Write WIB, WITA, WIT or an offset such as +07:00 in the column zone.",
        "Waktu tidak memiliki zona. Tulis WIB, WITA, WIT, atau selisih seperti +07:00 pada kolom zona.",
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
    Variant(
        "too_large.values",
        "The document has too many values. Send fewer events at once, and smaller extensions.",
        "Dokumen memuat terlalu banyak nilai. Kirim lebih sedikit peristiwa sekaligus, dengan ekstensi yang lebih kecil.",
        kind=Kind.FINDING,
    ),
    FindingCode(
        "too_many_events",
        "The document has {count} events; at most {most} are accepted. Send them in several documents.",
        "Dokumen memuat {count} peristiwa; paling banyak {most} yang diterima. Kirim dalam beberapa dokumen.",
        "Send them in several documents",
        status=413,
    ),
    Variant(
        "too_many_events.rows",
        "The file has more than {most} rows. Send them in several files.",
        "Berkas memuat lebih dari {most} baris. Kirim dalam beberapa berkas.",
    ),
    FindingCode(
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
    FindingCode(
        "unknown_place",
        "This place is not registered. Check its code, or ask the regency to create it.",
        "Tempat ini belum terdaftar. Periksa kodenya, atau minta kabupaten/kota membuatnya.",
        "Check the code; ask the regency to create it",
    ),
)
