"""Error messages: places, routes, packages, their codes and labels."""

from amanah.contracts.errors.texts import Code, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "code_check_digit",
        "The last character of {code} does not match the others. Read the label again.",
        "Karakter terakhir {code} tidak cocok dengan yang lain. Baca ulang labelnya.",
        "Read the label again",
    ),
    Code(
        "code_repeated",
        "The code {code} appears twice. Name each code once.",
        "Kode {code} disebut dua kali. Sebutkan setiap kode sekali saja.",
        "Name each code once",
    ),
    Code(
        "code_taken",
        "This code is already in use. Choose another code.",
        "Kode ini sudah dipakai. Pilih kode lain.",
        "The code belongs to something with other content. Choose another code",
    ),
    Variant(
        "code_taken.package",
        "Another package has the code {code}. Choose another code.",
        "Kode {code} sudah dipakai paket lain. Pilih kode lain.",
    ),
    Variant(
        "code_taken.place",
        "Another place has the code {code}. Choose another code.",
        "Kode {code} sudah dipakai tempat lain. Pilih kode lain.",
    ),
    Variant(
        "code_taken.program",
        "Another program has this code. Choose another code.",
        "Kode ini sudah dipakai program lain. Pilih kode lain.",
    ),
    Code(
        "codes_exhausted",
        "This prefix does not have that many codes left. Use another prefix.",
        "Sisa kode dengan prefiks ini tidak mencukupi. Gunakan prefiks lain.",
        "Use another prefix",
    ),
    Code(
        "company_prefix",
        "An SSCC requires the company prefix that GS1 assigned to you. Give its 6 to 12 digits.",
        "SSCC memerlukan prefiks perusahaan dari GS1. Isi 6 sampai 12 angkanya.",
        "Give the 6 to 12 digits of the prefix",
    ),
    Code(
        "not_your_package",
        "You can create packages only for yourself. Name yourself as the partner, or leave `partner` out.",
        "Anda hanya dapat membuat paket untuk Anda sendiri. Isi mitra dengan diri Anda, atau kosongkan `partner`.",
        "Name yourself, or leave `partner` out",
    ),
    Code(
        "package_short",
        "Only {left} of {sku} is left in this package, but {recorded} is recorded. Take the rest from another package.",
        "Sisa {sku} dalam paket ini hanya {left}, sedangkan yang dicatat {recorded}. Ambil sisanya dari paket lain.",
        "Take the rest from another package",
    ),
    Code(
        "package_unknown",
        "Package not found. Read the label again.",
        "Paket tidak ditemukan. Baca ulang labelnya.",
        "Read the label again",
    ),
    Variant(
        "package_unknown.code",
        "No package of this round has the code {code}. Read the label again.",
        "Tidak ada paket dengan kode {code} pada tahap penyaluran ini. Baca ulang labelnya.",
    ),
    Variant(
        "package_unknown.gone",
        "The package of this handover no longer exists. Ask an operator.",
        "Paket dari serah terima ini sudah tidak ada. Hubungi operator.",
    ),
    Variant(
        "package_unknown.own",
        "You have no package with this code. Read the label again.",
        "Anda tidak memiliki paket dengan kode ini. Baca ulang labelnya.",
    ),
    Variant(
        "package_unknown.round",
        "No package of this round has this code. Read the label again.",
        "Tidak ada paket dengan kode ini pada tahap penyaluran ini. Baca ulang labelnya.",
    ),
    Code(
        "parent_unknown",
        "No package {code} in this round can contain this one. Create the outer package first.",
        "Tidak ada paket {code} pada tahap penyaluran ini yang dapat memuatnya. Buat paket luarnya terlebih dahulu.",
        "Create the outer package first, or in the same request",
    ),
    Code(
        "place_unknown",
        "Place not found. Check the code, or create the place first.",
        "Tempat tidak ditemukan. Periksa kembali kodenya, atau buat tempatnya terlebih dahulu.",
        "Check its code; create it first",
    ),
    Code(
        "same_place",
        "Origin and destination must differ. Name two places.",
        "Tempat asal dan tujuan harus berbeda. Sebutkan dua tempat.",
        "Name two places",
    ),
    Code(
        "time_in_future",
        "This time lies in the future. Check the clock of the device.",
        "Waktu ini berada di masa depan. Periksa jam perangkat Anda.",
        "Check the clock of the device",
    ),
)
