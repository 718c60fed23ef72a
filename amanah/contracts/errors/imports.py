"""Error messages: lists of recipients as a whole, and what may be revealed of the register. Rows are in `rows.py`."""

from amanah.contracts.errors.texts import Code, Row

ROWS: tuple[Row, ...] = (
    Code(
        "file_empty",
        "The file is empty. Save the list again and upload it.",
        "Berkas kosong. Simpan ulang daftarnya, lalu unggah kembali.",
        "Save the list again, upload it",
    ),
    Code(
        "file_not_spreadsheet",
        "The file is neither CSV nor XLSX. Save the list as one of them.",
        "Berkas bukan CSV maupun XLSX. Simpan daftarnya dalam salah satu format itu.",
        "Save the list as one of them",
    ),
    Code(
        "header_ambiguous",
        "More than one column is called {columns}. Rename or remove the one that is not meant.",
        "Ada lebih dari satu kolom {columns}. Ganti nama atau hapus kolom yang tidak dimaksud.",
        "Rename or remove one of the columns",
    ),
    Code(
        "header_unknown",
        "The list has no column for {columns}. One of its first rows must name the columns, as in the template.",
        "Daftar tidak memiliki kolom {columns}. Salah satu baris pertamanya harus memuat nama kolom, seperti pada "
        "templat.",
        "Write the column names that the message asks for in one of the first rows",
    ),
    Code(
        "import_not_staged",
        "This import has the status {status}. Only one with the status STAGED can be approved.",
        "Impor ini berstatus {status}. Hanya impor berstatus STAGED yang dapat disetujui.",
        "Look at the status of the import",
    ),
    Code(
        "reveals_spent",
        "You have revealed {most} numbers this hour, which is the limit. Continue in the next hour.",
        "Anda sudah membuka {most} nomor dalam satu jam ini, yaitu batasnya. Lanjutkan pada jam berikutnya.",
        "Continue in the next hour",
    ),
)
