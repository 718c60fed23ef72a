"""Error messages: the audit log is not what was signed, published or witnessed.

The codes are rules of alerts, which have what to do (`alerts.py`).
"""

from amanah.contracts.errors.texts import Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Variant(
        "log_behind.published",
        "The store has {size} signed entries, but {published} were published. Restore the store to the published "
        "state; nothing is signed until then.",
        "Penyimpanan memuat {size} entri bertanda tangan, padahal {published} sudah diterbitkan. Pulihkan "
        "penyimpanan ke keadaan yang diterbitkan; sampai saat itu tidak ada yang ditandatangani.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_behind.witness",
        "The witness {witness} has seen {size} entries, more than the log has: it holds a checkpoint of them that "
        "the log signed. Restore the store to what was published.",
        "Saksi {witness} sudah melihat {size} entri, lebih banyak daripada isi log: saksi menyimpan titik periksanya "
        "yang ditandatangani log. Pulihkan penyimpanan ke keadaan yang diterbitkan.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_behind.witness_claim",
        "The witness {witness} claims {size} entries, more than the log has, and shows no checkpoint of them. Ask "
        "the witness, or remove it from AMANAH_AUDIT_WITNESSES.",
        "Saksi {witness} menyatakan {size} entri, lebih banyak daripada isi log, tanpa menunjukkan titik periksanya. "
        "Tanyakan kepada saksi, atau hapus dari AMANAH_AUDIT_WITNESSES.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_broken.checkpoint",
        "The published checkpoint is not of this log's key and origin ({error}). Restore keys/audit.key or "
        "AMANAH_AUDIT_ORIGIN; nothing is signed until then.",
        "Titik periksa yang diterbitkan tidak sesuai dengan kunci dan asal log ini ({error}). Pulihkan "
        "keys/audit.key atau AMANAH_AUDIT_ORIGIN; sampai saat itu tidak ada yang ditandatangani.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_broken.entries",
        "The store lacks entries from {first} to {last}. Restore it; nothing is signed until then.",
        "Penyimpanan kehilangan entri {first} sampai {last}. Pulihkan; sampai saat itu tidak ada yang ditandatangani.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_broken.growth",
        "The log's tiles do not prove its growth from size {size}: {error}. Restore them.",
        "Berkas log tidak membuktikan pertumbuhannya sejak ukuran {size}: {error}. Pulihkan berkasnya.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_broken.head",
        "The tiles of the published log do not lead to its head ({error}). Restore them.",
        "Berkas log yang diterbitkan tidak mengarah ke puncaknya ({error}). Pulihkan berkasnya.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_broken.root",
        "The stored entries and tiles do not have the root that was signed at size {size}. Restore them.",
        "Entri dan berkas yang tersimpan tidak memiliki akar yang ditandatangani pada ukuran {size}. Pulihkan.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_broken.tile",
        "A tile of the published log is lost ({error}). Restore the bucket.",
        "Sebuah berkas log yang diterbitkan hilang ({error}). Pulihkan bucket-nya.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_forked.published",
        "The first {size} published entries differ from the store's. Restore the store to the published state; "
        "nothing is signed until then.",
        "{size} entri pertama yang diterbitkan berbeda dari isi penyimpanan. Pulihkan penyimpanan ke keadaan yang "
        "diterbitkan; sampai saat itu tidak ada yang ditandatangani.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_forked.witness",
        "The witness {witness} has seen other entries than the log's first {size}: it holds a checkpoint of them "
        "that the log signed. Restore the store to what was published.",
        "Saksi {witness} sudah melihat entri yang berbeda dari {size} entri pertama log: saksi menyimpan titik "
        "periksanya yang ditandatangani log. Pulihkan penyimpanan ke keadaan yang diterbitkan.",
        kind=Kind.INTERNAL,
    ),
    Variant(
        "log_forked.witness_claim",
        "The witness {witness} claims other entries than the log's first {size}, and shows no checkpoint of them. "
        "Ask the witness, or remove it from AMANAH_AUDIT_WITNESSES.",
        "Saksi {witness} menyatakan entri yang berbeda dari {size} entri pertama log, tanpa menunjukkan titik "
        "periksanya. Tanyakan kepada saksi, atau hapus dari AMANAH_AUDIT_WITNESSES.",
        kind=Kind.INTERNAL,
    ),
)
