"""Error messages: partner events that break a rule of distribution."""

from amanah.contracts.errors.texts import FindingCode, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    FindingCode(
        "event_id_reused",
        "Another event with other content has this eventID. Give each event an id of its own.",
        "Peristiwa lain dengan isi berbeda sudah memakai eventID ini. Beri setiap peristiwa id sendiri.",
        "The eventID belongs to another event. Send the event with an id of its own",
    ),
    FindingCode(
        "not_processed",
        "The event could not be processed for a fault on our side, which is recorded. Send it again later.",
        "Peristiwa tidak dapat diproses karena gangguan di pihak kami, yang sudah dicatat. Kirim kembali nanti.",
        "A fault of ours. Send the event again later; if it happens again, tell the operator",
    ),
    FindingCode(
        "unit_mismatch",
        "{uom} cannot be converted into {unit}, the unit of this good. Use a unit of the same kind.",
        "{uom} tidak dapat diubah menjadi {unit}, satuan barang ini. Gunakan satuan sejenis.",
        "The unit (uom) is unknown or of another kind than the good's. Use a UN/CEFACT Rec. 20 code of the same kind",
    ),
    FindingCode(
        "unknown_destination",
        "No place has the code {code}. Check the destination.",
        "Tidak ada tempat dengan kode {code}. Periksa tujuannya.",
        "The destination is not registered. Check the code; ask the regency",
    ),
    FindingCode(
        "unknown_event",
        "No event with this id has been received. If it comes, it will have no effect.",
        "Belum ada peristiwa dengan id ini yang diterima. Jika nanti masuk, peristiwa itu tidak berpengaruh.",
        "The error declaration is accepted, but the event that it declares wrong has not come. Check the id",
    ),
    FindingCode(
        "unknown_item",
        "{sku} is not a good of this package's program. Check the epcClass.",
        "{sku} bukan barang program paket ini. Periksa epcClass.",
        "The good is none of the program's. Check the epcClass",
    ),
    Variant(
        "partner_suspended.event",
        "Your account is suspended. Ask the regency.",
        "Akun Anda ditangguhkan. Tanyakan kepada kabupaten/kota.",
        kind=Kind.FINDING,
    ),
)
