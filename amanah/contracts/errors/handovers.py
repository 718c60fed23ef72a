"""Error messages: handovers, entitlements, and what an officer records in the field."""

from amanah.contracts.errors.texts import Code, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "already_delivered",
        "This entitlement was already handed over. It cannot be given twice.",
        "Hak ini sudah diserahkan. Bantuan tidak dapat diberikan dua kali.",
        "Do not give it again; the message says when and by whom. Tell your supervisor if it is not true",
    ),
    Variant(
        "already_delivered.by",
        "This entitlement was already handed over on {when} by {officer}. It cannot be given twice.",
        "Hak ini sudah diserahkan pada {when} oleh {officer}. Bantuan tidak dapat diberikan dua kali.",
    ),
    Code(
        "entitlement_not_pending",
        "This entitlement has the status {status}, not PENDING. Ask your supervisor.",
        "Hak ini berstatus {status}, bukan PENDING. Hubungi pengawas Anda.",
        "The entitlement has failed or was reversed. Ask your supervisor",
    ),
    Code(
        "entitlement_unknown",
        "Entitlement not found. Check the id.",
        "Hak tidak ditemukan. Periksa kembali id-nya.",
        "Check the id; in a complaint, leave it out",
    ),
    Variant(
        "entitlement_unknown.complaint",
        "No entitlement with this id in your area. Check the id, or leave it out.",
        "Hak dengan id ini tidak ada di wilayah Anda. Periksa kembali id-nya, atau kosongkan.",
    ),
    Variant(
        "entitlement_unknown.package",
        "No entitlement with this id in the round and in the package's area. Check the id.",
        "Hak dengan id ini tidak ada pada tahap penyaluran dan wilayah paket tersebut. Periksa kembali id-nya.",
    ),
    Code(
        "in_payment",
        "The money for this entitlement is at the bank or was paid. Do not hand it over.",
        "Uang untuk hak ini sedang diproses bank atau sudah dibayarkan. Jangan diserahkan lagi.",
        "Look at the payment",
    ),
    Code(
        "items_not_entitled",
        "The items do not match the entitlement. Correct the items.",
        "Barang tidak sesuai dengan haknya. Perbaiki daftar barangnya.",
        "Correct the items; if nothing was handed over, record a failed attempt",
    ),
    Variant(
        "items_not_entitled.more",
        "{recorded} of {sku} is more than the {due} due. Correct the items.",
        "{recorded} {sku} melebihi haknya, yaitu {due}. Perbaiki daftar barangnya.",
    ),
    Variant(
        "items_not_entitled.nothing",
        "Nothing was handed over. Record a failed attempt instead.",
        "Tidak ada yang diserahkan. Catat sebagai penyerahan yang gagal.",
    ),
    Code(
        "not_assigned",
        "You have no assignment for this entitlement on that day. Ask your supervisor to assign you.",
        "Anda tidak memiliki penugasan untuk hak ini pada hari tersebut. Mintalah penugasan kepada pengawas Anda.",
        "Ask your supervisor to assign you",
    ),
    Code(
        "package_not_for_recipient",
        "This package is for another recipient. Take the one with this recipient's label.",
        "Paket ini untuk penerima lain. Ambil paket dengan label penerima ini.",
        "Take the package with the name of this recipient",
    ),
    Code(
        "package_not_here",
        "This package is not at a post or delivery point for this village. Take another package.",
        "Paket ini tidak berada di pos atau titik penyaluran untuk desa ini. Ambil paket lain.",
        "According to its history the package is elsewhere. Take another package; ask for the arrival to be recorded",
    ),
    Variant(
        "package_not_here.area",
        "This package is for another area. Take one that is for this village.",
        "Paket ini untuk wilayah lain. Ambil paket yang diperuntukkan bagi desa ini.",
    ),
    Variant(
        "package_not_here.arrival",
        "The arrival of this package has not been recorded. Have it recorded first, or take another package.",
        "Kedatangan paket ini belum dicatat. Minta kedatangannya dicatat, atau ambil paket lain.",
    ),
    Variant(
        "package_not_here.place",
        "The arrival of this package at a post or delivery point has not been recorded. Have it recorded first, or "
        "take another package.",
        "Kedatangan paket ini di pos atau titik penyaluran belum dicatat. Minta kedatangannya dicatat, atau ambil "
        "paket lain.",
    ),
    Code(
        "proxy_incomplete",
        "A proxy needs a name, a relation and an identity number. Add what is missing.",
        "Data wakil harus memuat nama, hubungan, dan nomor identitas. Lengkapi yang belum ada.",
        "Add what is missing",
    ),
)
