"""Error messages: HTTP requests of partners, which send documents and query events, and pages of problems."""

from amanah.contracts.errors.texts import Code, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "body_slow",
        "The body did not arrive within {seconds} s. Send it again.",
        "Isi permintaan tidak tiba dalam {seconds} detik. Kirim ulang.",
        "Send it again; send fewer events at once over a slow line, or compress them",
        Kind.BAD_USER_INPUT,
        408,
    ),
    Code(
        "media_type_unsupported",
        "Unsupported media type. Send the body as {accepted}, and name that in Content-Type.",
        "Jenis media tidak didukung. Kirim isi permintaan sebagai {accepted}, dan sebutkan dalam Content-Type.",
        "Name the media type of the document in `Content-Type`, its charset UTF-8; compress by a listed encoding",
        Kind.BAD_USER_INPUT,
        415,
    ),
    Variant(
        "media_type_unsupported.charset",
        "Unsupported charset. Send the body in UTF-8.",
        "Charset tidak didukung. Kirim isi permintaan dalam UTF-8.",
    ),
    Variant(
        "method_not_allowed.resource",
        "This address does not answer this method. Use {allowed}.",
        "Alamat ini tidak menerima metode tersebut. Gunakan {allowed}.",
    ),
    Code(
        "not_acceptable",
        "The answer is available as {available} only. Accept one of them.",
        "Jawaban hanya tersedia sebagai {available}. Terima salah satunya.",
        "Correct the header that `field` names, or leave it out",
        Kind.BAD_USER_INPUT,
        406,
    ),
    Variant(
        "not_found.event",
        "Event not found. Check its eventID.",
        "Peristiwa tidak ditemukan. Periksa kembali eventID-nya.",
    ),
    Variant(
        "not_found.problem",
        "Error code not found. Check the address.",
        "Kode kesalahan tidak ditemukan. Periksa kembali alamatnya.",
    ),
    Variant(
        "not_found.resource",
        "This part of the EPCIS interface is not available here. See OPTIONS and the list of resources.",
        "Bagian antarmuka EPCIS ini tidak tersedia di sini. Lihat OPTIONS dan daftar sumber dayanya.",
    ),
    Code(
        "query_parameter",
        "Invalid value of the query parameter {name}. Correct it.",
        "Nilai parameter {name} tidak sesuai. Perbaiki nilainya.",
        "`field` names the parameter. Correct its value, name it once, or leave it out; for `nextPageToken`, begin anew",
        Kind.BAD_USER_INPUT,
    ),
    Variant(
        "query_parameter.repeated",
        "The query parameter {name} stands twice. Separate its values by |.",
        "Parameter {name} disebut dua kali. Pisahkan nilainya dengan |.",
    ),
    Variant(
        "query_parameter.unknown",
        "The query parameter {name} is not available here. Leave it out.",
        "Parameter {name} tidak tersedia di sini. Hilangkan parameternya.",
    ),
    Code(
        "query_too_long",
        "The query is longer than {limit} characters. Name fewer values.",
        "Kueri lebih panjang dari {limit} karakter. Sebutkan lebih sedikit nilai.",
        "Name fewer values, in several queries",
        Kind.BAD_USER_INPUT,
        414,
    ),
    Variant(
        "schema.single_event",
        "This address accepts a single event. Send documents to the capture address.",
        "Alamat ini menerima satu peristiwa. Kirim dokumen ke alamat capture.",
        kind=Kind.BAD_USER_INPUT,
    ),
    Code(
        "version_unsupported",
        "Unsupported version {version}. This installation speaks {supported}.",
        "Versi {version} tidak didukung. Instalasi ini memakai {supported}.",
        "Correct the header that `field` names, or leave it out",
        Kind.BAD_USER_INPUT,
        406,
    ),
)
