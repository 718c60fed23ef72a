"""Error messages: lines of a bank's report on payments that are not applied."""

from amanah.contracts.errors.texts import FindingCode, Row

ROWS: tuple[Row, ...] = (
    FindingCode(
        "amount_differs",
        "The amount in the report differs from the amount to pay. Ask the bank what was paid.",
        "Jumlah dalam laporan berbeda dari yang seharusnya dibayar. Tanyakan kepada bank berapa yang dibayarkan.",
        "Ask the bank what was paid",
    ),
    FindingCode(
        "confirmed_yet_rejected",
        "The recipient confirmed the payment that the bank now rejects. Ask both.",
        "Penerima sudah mengonfirmasi pembayaran yang kini ditolak bank. Tanyakan kepada keduanya.",
        "Ask the bank and the recipient",
    ),
    FindingCode(
        "paid_after_rejected",
        "This payment was rejected before, and may be in another batch. Ask the bank which report is right.",
        "Pembayaran ini sebelumnya ditolak dan mungkin sudah masuk kelompok lain. Tanyakan kepada bank laporan mana "
        "yang benar.",
        "Ask the bank which report is right",
    ),
    FindingCode(
        "paid_after_release",
        "This payment was taken out of its batch, but the bank paid it. Ask the bank.",
        "Pembayaran ini sudah dikeluarkan dari kelompoknya, tetapi bank membayarnya. Tanyakan kepada bank.",
        "Ask the bank",
    ),
    FindingCode(
        "payment_unknown",
        "No payment of this batch has this reference. Compare it with the file that you received.",
        "Tidak ada pembayaran dengan referensi ini dalam kelompok tersebut. Cocokkan dengan berkas yang Anda terima.",
        "Compare it with the file that you received",
    ),
    FindingCode(
        "status_unknown",
        "Unknown status. Use the codes of ISO 20022, or PAID and REJECTED.",
        "Status tidak dikenal. Gunakan kode ISO 20022, atau PAID dan REJECTED.",
        "Use the codes of ISO 20022, or PAID and REJECTED",
    ),
)
