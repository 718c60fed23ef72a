"""Error messages: what is done about alerts; and the rules of alerts, which are no errors but have codes too."""

from amanah.contracts.errors.texts import Code, FindingCode, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "alert_closed",
        "This alert is closed with the status {status} and can no longer change. Look at its case.",
        "Peringatan ini sudah ditutup dengan status {status} dan tidak dapat diubah lagi. Lihat pengaduannya.",
        "The alert was dismissed, escalated or settled before. Look at its case",
    ),
    Code(
        "note_missing",
        "This action requires a note. Describe what was found or done.",
        "Tindakan ini memerlukan catatan. Jelaskan apa yang ditemukan atau dilakukan.",
        "Describe in the note what was found or done",
    ),
    Variant(
        "note_missing.dismissal",
        "The note is missing. Explain why this alert needs no follow-up.",
        "Catatan belum diisi. Jelaskan mengapa peringatan ini tidak perlu ditindaklanjuti.",
    ),
)

RULES: tuple[Code, ...] = (
    FindingCode(
        "clock_skew",
        "The device's clock is wrong.",
        "Jam perangkat tidak tepat.",
        "It differs by more than 5 minutes from ours. Set the clock of the device",
    ),
    FindingCode(
        "custody_difference",
        "A count of a package differs from what was sent or should be there.",
        "Hasil hitung isi paket berbeda dari yang dikirim atau yang seharusnya ada.",
        "The detail names the leg and the goods. Count again; ask the partner",
    ),
    FindingCode(
        "exif_contradicts",
        "The photo's own time or place differs from the handover's.",
        "Waktu atau lokasi pada foto tidak sesuai dengan serah terimanya.",
        "The time differs by more than 2 hours, or the place by more than 2 km. Compare the photo with the record; "
        "a photo's own time and place are only hints",
    ),
    FindingCode(
        "far_from_home",
        "Handed over far from both the home and the delivery point.",
        "Diserahkan jauh dari rumah penerima maupun dari titik penyaluran.",
        "More than 1 km from both. Ask the officer; look at the photo",
    ),
    FindingCode(
        "impossible_travel",
        "The officer cannot have travelled here so fast from the handover before or after.",
        "Petugas mustahil berpindah secepat ini dari serah terima sebelum atau sesudahnya.",
        "Faster than 120 km/h. Ask who worked with the account",
    ),
    FindingCode(
        "leg_overdue",
        "A package has not arrived within its expected travel time.",
        "Paket sudah berangkat, tetapi belum tiba dalam waktu tempuh yang wajar.",
        "Ask the partner where it is",
    ),
    FindingCode(
        "log_behind",
        "The audit log holds fewer entries than those published or witnessed.",
        "Log audit memuat lebih sedikit entri daripada yang sudah diterbitkan atau disaksikan.",
        "As after restoring a backup; nothing more is signed. Restore the newest state",
    ),
    FindingCode(
        "log_broken",
        "The stored audit log differs from what was signed.",
        "Isi log audit yang tersimpan tidak sama dengan yang sudah ditandatangani.",
        "Nothing more is signed. Restore what the detail names; do not delete anything",
    ),
    FindingCode(
        "log_forked",
        "The audit log holds other entries than those published or witnessed.",
        "Log audit memuat entri yang berbeda dari yang sudah diterbitkan atau disaksikan.",
        "Nothing more is signed. Keep everything; restore the store to what was published",
    ),
    FindingCode(
        "log_unwitnessed",
        "Too few witnesses cosign the audit log, so nothing of it is published.",
        "Saksi yang ikut menandatangani log audit terlalu sedikit, sehingga log belum diterbitkan.",
        "Entries wait in the store. Ask the witnesses that the detail names",
    ),
    FindingCode(
        "low_accuracy",
        "The device's location was inaccurate.",
        "Perangkat hanya mengetahui lokasinya secara kasar.",
        "Worse than 100 m. Wait for a better fix next time",
    ),
    FindingCode(
        "mocked_location",
        "An app simulated the device's location.",
        "Lokasi perangkat dipalsukan oleh aplikasi.",
        "Ask the officer; check the handover in the field",
    ),
    FindingCode(
        "outside_schedule",
        "Handed over outside the days of the round.",
        "Diserahkan di luar jadwal tahap penyaluran.",
        "Check the date with the officer",
    ),
    FindingCode(
        "package_damaged",
        "A package, or goods in it, is reported as damaged or destroyed.",
        "Paket atau isinya dilaporkan rusak.",
        "Look at the package",
    ),
    FindingCode(
        "package_lost",
        "Goods of a package are recorded as lost.",
        "Barang dalam paket dicatat hilang.",
        "Find out where; replace them",
    ),
    FindingCode(
        "package_returned",
        "A package, or goods in it, is reported as returned.",
        "Paket atau isinya dilaporkan dikembalikan.",
        "Arrange another delivery",
    ),
    FindingCode(
        "package_stolen",
        "The partner reports a package as stolen.",
        "Mitra melaporkan paket dicuri.",
        "Report it; replace the package",
    ),
    FindingCode(
        "paid_unconfirmed",
        "The bank reported the payment, but the recipient has not confirmed it.",
        "Bank menyatakan sudah membayar, tetapi penerima belum mengonfirmasi.",
        "Ask the recipient",
    ),
    FindingCode(
        "photo_reused",
        "The same photo was used before.",
        "Foto yang sama sudah pernah dipakai.",
        "Compare the two handovers; check in the field",
    ),
    FindingCode(
        "photo_similar",
        "Nearly the same photo was used in this round before.",
        "Foto yang hampir sama sudah pernah dipakai pada tahap penyaluran ini.",
        "6 of 64 bits differ at most. Compare the two photos; check in the field",
    ),
    FindingCode(
        "proxy_not_on_kk",
        "The proxy is not on the recipient's family card.",
        "Wakil yang mengambil bantuan tidak tercantum dalam kartu keluarga penerima.",
        "Ask the recipient",
    ),
    FindingCode(
        "quantity_mismatch",
        "The partner reports wrong contents of a package.",
        "Mitra melaporkan isi paket tidak sesuai.",
        "Count the package",
    ),
    FindingCode(
        "short_quantity",
        "Less was handed over than is due.",
        "Bantuan yang diserahkan kurang dari haknya.",
        "Give the rest, or find out where it is",
    ),
    FindingCode(
        "too_fast",
        "More handovers within a minute than one officer can make.",
        "Serah terima dalam satu menit terlalu banyak untuk dikerjakan.",
        "More than 4 within a minute. Look at the photos; ask the officer",
    ),
)
