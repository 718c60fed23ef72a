"""Error messages: corrections of handovers, and what they lead to."""

from amanah.contracts.errors.texts import Code, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "correction_decided",
        "This correction was already decided; its status is {status}. Propose another one if needed.",
        "Koreksi ini sudah diputuskan dengan status {status}. Ajukan koreksi baru bila perlu.",
        "Look at the decision; propose another correction if needed",
    ),
    Code(
        "correction_open",
        "Another correction of this handover is waiting for a decision. Have it decided first.",
        "Koreksi lain atas serah terima ini masih menunggu keputusan. Selesaikan koreksi itu terlebih dahulu.",
        "Have the open correction decided first",
    ),
    Code(
        "entitlement_not_reopenable",
        "This entitlement has the status {status}. Only one that failed or was reversed can be reopened.",
        "Hak ini berstatus {status}. Hanya hak yang gagal atau dibatalkan yang dapat dibuka kembali.",
        "Do nothing: it can be handed over, or was handed over",
    ),
    Code(
        "handover_reversed",
        "This handover was already reversed. Look at its corrections.",
        "Serah terima ini sudah dibatalkan. Lihat koreksinya.",
        "Look at the corrections of the handover",
    ),
    Code(
        "handover_unknown",
        "Handover not found in your areas. Check the id.",
        "Serah terima tidak ditemukan di wilayah Anda. Periksa kembali id-nya.",
        "Check the id",
    ),
    Code(
        "same_person",
        "You prepared this yourself. Another person has to decide.",
        "Anda sendiri yang menyiapkan ini. Keputusan harus diambil oleh orang lain.",
        "Ask a colleague to decide",
    ),
    Variant(
        "same_person.batch",
        "You proposed this payment batch. Another person has to approve it.",
        "Anda yang mengajukan kelompok pembayaran ini. Persetujuan harus diberikan oleh orang lain.",
    ),
    Variant(
        "same_person.correction",
        "You proposed this correction. Another person has to decide it.",
        "Anda yang mengajukan koreksi ini. Keputusan harus diambil oleh orang lain.",
    ),
    Variant(
        "same_person.handover",
        "You recorded this handover. Another person has to decide its correction.",
        "Anda yang mencatat serah terima ini. Koreksinya harus diputuskan oleh orang lain.",
    ),
    Variant(
        "same_person.import",
        "You submitted this list. Another person has to approve it.",
        "Anda yang mengunggah daftar ini. Persetujuan harus diberikan oleh orang lain.",
    ),
    Variant(
        "same_person.roster",
        "You proposed this roster. Another person has to approve it.",
        "Anda yang mengajukan daftar penerima ini. Persetujuan harus diberikan oleh orang lain.",
    ),
    Code(
        "thresholds_missing",
        "No threshold was given. Set at least one.",
        "Belum ada ambang yang diisi. Isi sedikitnya satu.",
        "Set at least one threshold",
    ),
)
