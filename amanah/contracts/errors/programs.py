"""Error messages: programs, rounds and assignments."""

from amanah.contracts.errors.texts import Code, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "area_needed",
        "You see several areas of this round. Name one of them.",
        "Anda dapat melihat beberapa wilayah pada tahap penyaluran ini. Sebutkan salah satunya.",
        "Name one area",
    ),
    Code(
        "area_outside_round",
        "The round gives nothing in this area. Choose an area of the round.",
        "Tahap penyaluran ini tidak mencakup wilayah tersebut. Pilih wilayah yang dicakup.",
        "Choose an area of the round",
    ),
    Variant(
        "area_outside_round.named",
        "The area {area} lies outside the round's area {round_area}. Choose one within it.",
        "Wilayah {area} berada di luar wilayah tahap penyaluran, yaitu {round_area}. Pilih wilayah di dalamnya.",
    ),
    Code(
        "assignment_over",
        "This assignment has ended. Assign the officer for new days.",
        "Penugasan ini sudah berakhir. Tugaskan petugas untuk hari-hari yang baru.",
        "Look at the assignment that followed, or assign for new days",
    ),
    Variant(
        "assignment_over.ended",
        "This assignment was ended before. Look at the assignment that followed.",
        "Penugasan ini sudah dihentikan sebelumnya. Lihat penugasan yang menggantikannya.",
    ),
    Code(
        "bundle_too_large",
        "This assignment has more than {most} recipients or packages. Ask your supervisor for a smaller area.",
        "Penugasan ini memuat lebih dari {most} penerima atau paket. Mintalah wilayah yang lebih kecil kepada "
        "pengawas Anda.",
        "The assignment is too large for a device. Ask your supervisor for a smaller area",
    ),
    Code(
        "dates_reversed",
        "The last day lies before the first. Swap them.",
        "Hari terakhir mendahului hari pertama. Tukar keduanya.",
        "Swap them",
    ),
    Code(
        "item_repeated",
        "The item {sku} appears twice. Name it once.",
        "Barang {sku} disebut dua kali. Sebutkan sekali saja.",
        "Name each item once",
    ),
    Code(
        "kind_mismatch",
        "The program's kind does not match its items. Use CASH for one item with the unit IDR, otherwise GOODS.",
        "Jenis program tidak sesuai dengan barangnya. Gunakan CASH untuk satu barang bersatuan IDR, selain itu GOODS.",
        "Use CASH for one item in IDR, otherwise GOODS",
    ),
    Code(
        "money_not_alone",
        "A cash program cannot include goods. Create a second program.",
        "Program tunai tidak dapat memuat barang. Buat program kedua.",
        "Create two programs",
    ),
    Code(
        "money_not_whole",
        "The amount must be in whole rupiah. Correct the amount.",
        "Jumlah uang harus dalam rupiah bulat. Perbaiki jumlahnya.",
        "Correct the amount",
    ),
    Code(
        "money_too_much",
        "More than {most} rupiah for one recipient is not accepted. Correct the amount.",
        "Lebih dari {most} rupiah untuk satu penerima tidak dapat diterima. Perbaiki jumlahnya.",
        "Correct the amount",
    ),
    Code(
        "name_taken",
        "Another round of this roster has this name. Choose another name.",
        "Nama ini sudah dipakai tahap penyaluran lain dari daftar penerima yang sama. Pilih nama lain.",
        "Choose another name; the other round has other days",
    ),
    Code(
        "officer_assigned",
        "This officer already has this area on these days. Nothing needs to change.",
        "Petugas ini sudah ditugaskan di wilayah tersebut pada hari-hari itu. Tidak ada yang perlu diubah.",
        "Do nothing: the officer is assigned",
    ),
    Code(
        "officer_same",
        "The assignment already belongs to this officer. Name another officer.",
        "Penugasan ini sudah dipegang petugas tersebut. Sebutkan petugas lain.",
        "Name another officer",
    ),
    Code(
        "officer_unknown",
        "No officer with this id has signed in for this area yet. Check the id, or ask the officer to sign in once.",
        "Belum ada petugas dengan id ini yang pernah masuk untuk wilayah tersebut. Periksa kembali id-nya, atau "
        "minta petugas masuk sekali.",
        "Have the officer sign in once; check the id",
    ),
    Variant(
        "officer_unknown.kind",
        "This is not the id of a person. Name the officer by their id.",
        "Ini bukan id orang. Sebutkan petugas dengan id-nya.",
    ),
    Code(
        "program_unknown",
        "Program not found. Check the id, or create the program first.",
        "Program tidak ditemukan. Periksa kembali id-nya, atau buat programnya terlebih dahulu.",
        "Check the id; create the program first",
    ),
    Code(
        "roster_not_approved",
        "No approved roster with this id. Check the id, or have the roster approved first.",
        "Tidak ada daftar penerima dengan id ini yang sudah disetujui. Periksa kembali id-nya, atau mintakan "
        "persetujuan terlebih dahulu.",
        "Have it approved first; check the id",
    ),
    Variant(
        "roster_not_approved.gone",
        "The roster of this round no longer exists. Ask an operator.",
        "Daftar penerima tahap penyaluran ini sudah tidak ada. Hubungi operator.",
    ),
    Variant(
        "roster_not_approved.kind",
        "This is not the id of a roster. Name an approved roster.",
        "Ini bukan id daftar penerima. Sebutkan daftar penerima yang sudah disetujui.",
    ),
    Code(
        "roster_not_for_program",
        "This roster was approved for another program. Choose a roster of this program.",
        "Daftar penerima ini disetujui untuk program lain. Pilih daftar penerima dari program ini.",
        "Choose a roster of this program",
    ),
    Code(
        "round_unknown",
        "Round not found. Check the id.",
        "Tahap penyaluran tidak ditemukan. Periksa kembali id-nya.",
        "Check its id; create it first",
    ),
)
