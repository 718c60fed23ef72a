"""Error messages: records that are not found, were changed by somebody else, or have not arrived yet."""

from amanah.contracts.errors.texts import Code, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "conflict",
        "Somebody changed the same record at the same moment. Send the same request again.",
        "Data yang sama diubah orang lain pada saat yang bersamaan. Kirim ulang permintaan yang sama.",
        "Send the same request again",
        Kind.CONFLICT,
    ),
    Variant(
        "conflict.assignment",
        "The assignment was ended at the same moment. Look at it again.",
        "Penugasan dihentikan pada saat yang bersamaan. Periksa kembali.",
    ),
    Variant(
        "conflict.batch",
        "Somebody decided this batch at the same moment. Look at it again.",
        "Kelompok pembayaran ini diputuskan orang lain pada saat yang bersamaan. Periksa kembali.",
    ),
    Variant(
        "conflict.entitlement",
        "The entitlement changed at the same moment. Try again.",
        "Hak berubah pada saat yang bersamaan. Silakan coba lagi.",
    ),
    Variant(
        "conflict.package",
        "The package changed at the same moment. Try again.",
        "Paket berubah pada saat yang bersamaan. Silakan coba lagi.",
    ),
    Variant(
        "conflict.package_gone",
        "The package no longer exists. Ask an operator.",
        "Paket sudah tidak ada. Hubungi operator.",
    ),
    Variant(
        "conflict.same_record",
        "The same record was sent at the same moment. Try again.",
        "Catatan yang sama dikirim pada saat yang bersamaan. Silakan coba lagi.",
    ),
    Code(
        "duplicate_key",
        "A record with the same {fields} already exists. Send the same request again.",
        "Data dengan {fields} yang sama sudah ada. Kirim ulang permintaan yang sama.",
        "Two equal records were created at the same moment. Send the same request again: the first one is answered",
        Kind.CONFLICT,
    ),
    Code(
        "not_found",
        "Not found. Check the id.",
        "Data tidak ditemukan. Periksa kembali id-nya.",
        "It does not exist, or you may not see it. Check the id",
        Kind.NOT_FOUND,
    ),
    Variant(
        "not_found.alert",
        "Alert not found. Check the id.",
        "Peringatan tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant("not_found.area", "Area not found. Check the code.", "Wilayah tidak ditemukan. Periksa kembali kodenya."),
    Variant(
        "not_found.assignment",
        "Assignment not found. Check the id.",
        "Penugasan tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.batch",
        "Payment batch not found. Check the id.",
        "Kelompok pembayaran tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.capture",
        "Capture job not found. Check the id.",
        "Capture tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant("not_found.case", "Case not found. Check the id.", "Pengaduan tidak ditemukan. Periksa kembali id-nya."),
    Variant(
        "not_found.checkpoint",
        "The log has no checkpoint yet. Try again later.",
        "Log belum memiliki titik periksa. Silakan coba lagi nanti.",
    ),
    Variant(
        "not_found.correction",
        "Correction not found. Check the id.",
        "Koreksi tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.endpoint",
        "There is nothing at this address. Check the address.",
        "Tidak ada apa pun di alamat ini. Periksa kembali alamatnya.",
    ),
    Variant(
        "not_found.entitlement",
        "Entitlement not found. Check the id.",
        "Hak tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.entry",
        "Audit entry not found. Check the id.",
        "Entri audit tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.handover",
        "Handover not found. Check the id.",
        "Serah terima tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant("not_found.import", "Import not found. Check the id.", "Impor tidak ditemukan. Periksa kembali id-nya."),
    Variant(
        "not_found.letter",
        "No dead letter {number} of {topic} found. Check the number.",
        "Pesan tertahan {number} dari {topic} tidak ditemukan. Periksa kembali nomornya.",
    ),
    Variant(
        "not_found.letter_waiting",
        "No dead letter {number} of {topic} is waiting. Check the number.",
        "Tidak ada pesan tertahan {number} dari {topic} yang menunggu. Periksa kembali nomornya.",
    ),
    Variant(
        "not_found.log_file",
        "The log has no such file. Check the path.",
        "Log tidak memuat berkas ini. Periksa jalurnya.",
    ),
    Variant("not_found.method", "This service has no such method.", "Layanan ini tidak memiliki metode tersebut."),
    Variant("not_found.object", "The object store has no such object.", "Berkas tidak ditemukan di penyimpanan."),
    Variant(
        "not_found.package",
        "Package not found. Check the code.",
        "Paket tidak ditemukan. Periksa kembali kodenya.",
    ),
    Variant(
        "not_found.payment_report",
        "Bank report not found. Check the id.",
        "Laporan bank tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant("not_found.photo", "Photo not found. Check the id.", "Foto tidak ditemukan. Periksa kembali id-nya."),
    Variant(
        "not_found.program",
        "Program not found. Check the id.",
        "Program tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.recipient",
        "Recipient not found. Check the id.",
        "Penerima tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.record",
        "No record has this number. Check the number.",
        "Tidak ada catatan dengan nomor ini. Periksa kembali nomornya.",
    ),
    Variant(
        "not_found.report",
        "Report not found. Check the id.",
        "Laporan tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.roster",
        "Roster not found. Check the id.",
        "Daftar penerima tidak ditemukan. Periksa kembali id-nya.",
    ),
    Variant(
        "not_found.round",
        "Round not found. Check the id.",
        "Tahap penyaluran tidak ditemukan. Periksa kembali id-nya.",
    ),
    Code(
        "not_yet",
        "Needed data is still on its way. Try again in a moment.",
        "Data yang diperlukan masih dalam perjalanan. Silakan coba lagi sebentar lagi.",
        "Send the same request again in a moment",
        Kind.NOT_YET,
    ),
    Variant(
        "not_yet.checkpoint",
        "No published checkpoint covers this entry yet. Try again in a few seconds.",
        "Belum ada titik periksa terbitan yang mencakup entri ini. Silakan coba lagi beberapa detik lagi.",
    ),
    Variant(
        "not_yet.entry",
        "This entry has not arrived in the log yet. Try again in a few seconds.",
        "Entri ini belum tiba di log. Silakan coba lagi beberapa detik lagi.",
    ),
    Variant(
        "not_yet.opening",
        "The round is still being opened. Try again in a moment.",
        "Tahap penyaluran masih disiapkan. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "not_yet.record",
        "No published checkpoint covers this record yet. Try again in a few seconds.",
        "Belum ada titik periksa terbitan yang mencakup catatan ini. Silakan coba lagi beberapa detik lagi.",
    ),
    Variant(
        "not_yet.roster",
        "The approval of this roster has not arrived yet. Try again in a moment.",
        "Persetujuan daftar penerima ini belum tiba. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "not_yet.round",
        "This round has not arrived yet. Try again in a moment.",
        "Data tahap penyaluran ini belum tiba. Silakan coba lagi sebentar lagi.",
    ),
)
