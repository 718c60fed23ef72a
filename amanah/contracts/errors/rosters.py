"""Error messages: rosters."""

from amanah.contracts.errors.texts import Code, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "area_unknown",
        "Area not found. Check its name or its area code.",
        "Wilayah tidak ditemukan. Periksa kembali nama atau kode wilayahnya.",
        "There is no such village, district, regency or province there. Correct the name, or write the area code",
    ),
    Code(
        "roster_empty",
        "There is no active recipient in this area. Import and approve a list first.",
        "Tidak ada penerima aktif di wilayah ini. Impor dan setujui daftarnya terlebih dahulu.",
        "Import and approve a list first",
    ),
    Code(
        "roster_exists",
        "An approved roster of this program and period already has recipients of this area. Use that one, or choose "
        "another period.",
        "Daftar penerima untuk program dan periode ini yang sudah disetujui telah memuat penerima dari wilayah ini. "
        "Gunakan daftar itu, atau pilih periode lain.",
        "Use that one, or choose another period",
    ),
    Code(
        "roster_has_duplicates",
        "This roster has {duplicates} exact duplicates: the same family card, name and birth date under two NIKs. "
        "Correct the register, then propose the roster again.",
        "Daftar penerima ini memuat {duplicates} data ganda: kartu keluarga, nama, dan tanggal lahir yang sama "
        "dengan dua NIK. Perbaiki data penerima, lalu ajukan daftarnya kembali.",
        "Correct the register, propose a new roster",
    ),
    Code(
        "roster_mismatch",
        "The stored roster differs from what was proposed or approved. Ask an operator, then propose it again.",
        "Daftar penerima yang tersimpan berbeda dari yang diajukan atau disetujui. Hubungi operator, lalu ajukan "
        "kembali.",
        "Ask an operator; propose the roster again",
    ),
    Variant(
        "roster_mismatch.payees",
        "The payees were not sealed for this roster. Ask an operator.",
        "Data rekening tidak disegel untuk daftar penerima ini. Hubungi operator.",
    ),
    Code(
        "roster_not_proposed",
        "This roster was already decided. Look at its status.",
        "Daftar penerima ini sudah diputuskan. Lihat statusnya.",
        "Look at its status",
    ),
)
