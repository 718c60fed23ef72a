"""Error messages: payment batches, and what banks report about them."""

from amanah.contracts.errors.texts import Code, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "batch_mismatch",
        "The batch differs from what was approved. Do not pay it; ask an operator.",
        "Isi kelompok pembayaran berbeda dari yang disetujui. Jangan dibayarkan; hubungi operator.",
        "Do not pay it; ask an operator",
    ),
    Code(
        "batch_not_exported",
        "The files of this batch have not been written yet. Wait, then try again.",
        "Berkas kelompok pembayaran ini belum selesai ditulis. Tunggu, lalu coba lagi.",
        "Wait, then try again",
    ),
    Code(
        "batch_not_proposed",
        "This batch is not waiting for a decision. Look at its status.",
        "Kelompok pembayaran ini tidak sedang menunggu keputusan. Lihat statusnya.",
        "Look at its status",
    ),
    Code(
        "execution_past",
        "The execution date is in the past. Choose today or later.",
        "Tanggal pembayaran sudah lewat. Pilih hari ini atau sesudahnya.",
        "Choose today or later",
    ),
    Code(
        "files_gone",
        "The files of this batch were deleted at the end of their retention. Propose a new batch for those not yet "
        "paid.",
        "Berkas kelompok pembayaran ini sudah dihapus karena masa simpannya habis. Ajukan kelompok baru untuk yang "
        "belum dibayar.",
        "Propose a new batch for those not yet paid",
    ),
    Code(
        "not_cash",
        "This round gives goods, so there is nothing to transfer. Choose a round of a cash program.",
        "Tahap penyaluran ini memberikan barang, sehingga tidak ada yang ditransfer. Pilih tahap dari program tunai.",
        "Choose a round of a cash program",
    ),
    Code(
        "not_paid",
        "The bank has not reported this entitlement as paid. Wait for the bank's report.",
        "Bank belum melaporkan hak ini sebagai sudah dibayar. Tunggu laporan bank.",
        "Wait for the bank's report",
    ),
    Code(
        "nothing_to_pay",
        "Everybody there is paid, is in another batch, or has received the aid. There is nothing to pay.",
        "Semua penerima di sana sudah dibayar, masuk kelompok lain, atau sudah menerima bantuan. Tidak ada yang "
        "perlu dibayar.",
        "Do nothing",
    ),
    Code(
        "payees_missing",
        "The roster has no payees, because it was proposed before its program gave money. Propose a new roster.",
        "Daftar penerima tidak memuat siapa yang dibayar karena diajukan sebelum programnya memberikan uang. Ajukan "
        "daftar penerima baru.",
        "Propose a new roster",
    ),
    Code(
        "round_not_open",
        "The round is still being opened. Try again in a moment.",
        "Tahap penyaluran masih disiapkan. Silakan coba lagi sebentar lagi.",
        "Try again in a moment",
    ),
    Code(
        "status_other_batch",
        "This report answers another batch. Choose that batch.",
        "Laporan ini untuk kelompok pembayaran lain. Pilih kelompok tersebut.",
        "Choose that batch",
    ),
    Code(
        "status_unreadable",
        "The bank's report cannot be read. Get it again in an accepted format.",
        "Laporan bank tidak dapat dibaca. Mintalah lagi dalam format yang diterima.",
        "Get the report again, in an accepted format; the message names the fault",
    ),
    Variant(
        "status_unreadable.columns",
        "The first row of the report names no column for the entitlement and the status. Add them.",
        "Baris pertama laporan tidak memuat kolom hak dan status. Tambahkan kolomnya.",
    ),
    Variant(
        "status_unreadable.csv",
        "A row of the report's CSV is damaged or too long. Get the report again.",
        "Ada baris CSV dalam laporan yang rusak atau terlalu panjang. Mintalah laporannya lagi.",
    ),
    Variant(
        "status_unreadable.depth",
        "The elements of the report are nested too deeply. Get the report again.",
        "Elemen dalam laporan bersarang terlalu dalam. Mintalah laporannya lagi.",
    ),
    Variant(
        "status_unreadable.doctype",
        "The report declares a document type, which is never accepted. Get the report without one.",
        "Laporan memuat deklarasi DOCTYPE, yang tidak pernah diterima. Mintalah laporan tanpa deklarasi itu.",
    ),
    Variant(
        "status_unreadable.empty",
        "The report names no payment. Get the report again.",
        "Laporan tidak menyebut satu pun pembayaran. Mintalah laporannya lagi.",
    ),
    Variant(
        "status_unreadable.entry",
        "An entry of disbursements_status is not an object. Get the report again.",
        "Ada isi disbursements_status yang bukan objek. Mintalah laporannya lagi.",
    ),
    Variant(
        "status_unreadable.g2p",
        "The report is not a G2P Connect message. Get it again in an accepted format.",
        "Laporan bukan pesan G2P Connect. Mintalah lagi dalam format yang diterima.",
    ),
    Variant(
        "status_unreadable.pain002",
        "The report is not a pain.002 status report. Get it again in an accepted format.",
        "Laporan bukan laporan status pain.002. Mintalah lagi dalam format yang diterima.",
    ),
    Variant(
        "status_unreadable.statuses",
        "The report has no disbursements_status. Get the report again.",
        "Laporan tidak memuat disbursements_status. Mintalah laporannya lagi.",
    ),
    Variant(
        "status_unreadable.xml",
        "The report is not well-formed XML. Get the report again.",
        "Laporan bukan XML yang benar. Mintalah laporannya lagi.",
    ),
)
