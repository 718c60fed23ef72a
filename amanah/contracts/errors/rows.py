"""Error messages: rows of a list of recipients. They never repeat the content of a cell: it may be personal data."""

from amanah.contracts.errors.texts import FindingCode, Row

ROWS: tuple[Row, ...] = (
    FindingCode(
        "account_digits_lost",
        "The spreadsheet program rounded the account number, so its last digits are lost. Format the column as text "
        "and type the number again.",
        "Program lembar kerja membulatkan nomor rekening sehingga angka terakhirnya hilang. Ubah format kolom "
        "menjadi teks, lalu ketik ulang nomornya.",
        "Format the column as text, type the number again",
    ),
    FindingCode(
        "account_invalid",
        "The account number does not have 5 to 30 digits, or the bank is not a bank's code or name. Correct it, or "
        "leave the number empty.",
        "Nomor rekening tidak terdiri dari 5 sampai 30 angka, atau bank bukan kode maupun nama bank. Perbaiki, atau "
        "kosongkan nomornya.",
        "Correct it, or leave the number empty",
    ),
    FindingCode(
        "address_invalid",
        "The address has more than 300 characters. Shorten it.",
        "Alamat melebihi 300 karakter. Persingkat alamatnya.",
        "Shorten it",
    ),
    FindingCode(
        "area_ambiguous",
        "More than one village has this name. Add its district and regency, or write the area code.",
        "Ada lebih dari satu desa dengan nama ini. Tambahkan kecamatan dan kabupatennya, atau tulis kode wilayahnya.",
        "Name district and regency too, or write the area code",
    ),
    FindingCode(
        "area_missing",
        "The row has no village. Write its name or its area code.",
        "Desa/kelurahan belum diisi. Tulis nama atau kode wilayahnya.",
        "Write the name or the area code",
    ),
    FindingCode(
        "area_outside",
        "The village lies outside the areas for which you may submit a list. Send the row to the office it belongs to.",
        "Desa/kelurahan berada di luar wilayah yang daftarnya boleh Anda unggah. Kirim baris ini ke kantor yang "
        "berwenang.",
        "Send the row to the office that it belongs to",
    ),
    FindingCode(
        "bank_missing",
        "The row has an account number but no bank. Write the bank's three-digit code or its name.",
        "Nomor rekening diisi tanpa bank. Tulis kode bank (tiga angka) atau namanya.",
        "Write the bank's code or name",
    ),
    FindingCode(
        "date_future",
        "The birth date lies in the future. Correct it.",
        "Tanggal lahir berada di masa depan. Perbaiki tanggalnya.",
        "Correct it",
    ),
    FindingCode(
        "date_implausible",
        "The birth date lies before 1900. Write the year with four digits.",
        "Tanggal lahir sebelum tahun 1900. Tulis tahun dengan empat angka.",
        "Write the year with four digits",
    ),
    FindingCode(
        "date_invalid",
        "The birth date is not in the calendar. Write it as dd/mm/yyyy.",
        "Tanggal lahir tidak ada dalam kalender. Tulis sebagai hh/bb/tttt.",
        "Write it as dd/mm/yyyy",
    ),
    FindingCode(
        "date_missing",
        "The row has no birth date. Write it.",
        "Tanggal lahir belum diisi. Lengkapi tanggalnya.",
        "Write it",
    ),
    FindingCode(
        "household_size_invalid",
        "The number of household members is not a whole number from 1 to 99. Correct it.",
        "Jumlah anggota keluarga bukan bilangan bulat dari 1 sampai 99. Perbaiki jumlahnya.",
        "Correct it",
    ),
    FindingCode(
        "kk_digits_lost",
        "The spreadsheet program rounded the family card number, so its last digits are lost. Format the column as "
        "text and type the number again.",
        "Program lembar kerja membulatkan nomor KK sehingga angka terakhirnya hilang. Ubah format kolom menjadi "
        "teks, lalu ketik ulang nomornya.",
        "Format the column as text, type the number again",
    ),
    FindingCode(
        "kk_length",
        "The family card number does not have 16 digits. Compare it with the family card.",
        "Nomor KK tidak terdiri dari 16 angka. Cocokkan dengan kartu keluarga.",
        "Compare it with the card",
    ),
    FindingCode(
        "kk_not_digits",
        "The family card number contains something other than digits. Write its 16 digits as text.",
        "Nomor KK memuat selain angka. Tulis 16 angkanya sebagai teks.",
        "Write its 16 digits as text",
    ),
    FindingCode(
        "kk_serial_zero",
        "The family card number ends in 0000, as on no card; a spreadsheet program may have rounded it. Format the "
        "column as text and type the number again.",
        "Nomor KK berakhir dengan 0000, yang tidak ada pada kartu mana pun; mungkin dibulatkan program lembar kerja. "
        "Ubah format kolom menjadi teks, lalu ketik ulang nomornya.",
        "Format the column as text, type the number again",
    ),
    FindingCode(
        "location_incomplete",
        "The row has a latitude or a longitude, but not both. Write both, or neither.",
        "Hanya lintang atau bujur yang diisi. Isi keduanya, atau kosongkan keduanya.",
        "Write both, or none",
    ),
    FindingCode(
        "location_invalid",
        "The latitude or longitude is not in Indonesia. Write degrees, such as -6.2146 and 106.8451.",
        "Lintang atau bujur tidak berada di Indonesia. Tulis dalam derajat, misalnya -6.2146 dan 106.8451.",
        "Write it like -6.2146 and 106.8451",
    ),
    FindingCode(
        "name_invalid",
        "The name has no letters, or more than 150 characters. Correct it.",
        "Nama tidak memuat huruf, atau melebihi 150 karakter. Perbaiki namanya.",
        "Correct it",
    ),
    FindingCode("name_missing", "The row has no name. Write it.", "Nama belum diisi. Lengkapi namanya.", "Write it"),
    FindingCode(
        "nik_date_impossible",
        "Digits 7 to 12 of the NIK are not a date. Compare it with the identity card.",
        "Angka ke-7 sampai ke-12 NIK bukan tanggal. Cocokkan dengan KTP.",
        "Compare it with the card",
    ),
    FindingCode(
        "nik_digits_lost",
        "The spreadsheet program rounded the NIK, so its last digits are lost. Format the column as text and type "
        "the number again.",
        "Program lembar kerja membulatkan NIK sehingga angka terakhirnya hilang. Ubah format kolom menjadi teks, "
        "lalu ketik ulang nomornya.",
        "Format the column as text, type the number again",
    ),
    FindingCode(
        "nik_length",
        "The NIK does not have 16 digits. Compare it with the identity card.",
        "NIK tidak terdiri dari 16 angka. Cocokkan dengan KTP.",
        "Compare it with the card",
    ),
    FindingCode(
        "nik_missing",
        "The row has no NIK. Write the 16 digits of the identity card.",
        "NIK belum diisi. Tulis 16 angka pada KTP.",
        "Write the 16 digits of the identity card",
    ),
    FindingCode(
        "nik_not_digits",
        "The NIK contains something other than digits. Write its 16 digits as text.",
        "NIK memuat selain angka. Tulis 16 angkanya sebagai teks.",
        "Write its 16 digits as text",
    ),
    FindingCode(
        "nik_repeated",
        "An earlier row of this list has the same NIK with other data. Keep the right one of the two.",
        "Baris sebelumnya dalam daftar ini memuat NIK yang sama dengan data lain. Pertahankan yang benar.",
        "Keep the right one of the two",
    ),
    FindingCode(
        "nik_serial_zero",
        "The NIK ends in 0000, as on no card; a spreadsheet program may have rounded it. Format the column as text "
        "and type the number again.",
        "NIK berakhir dengan 0000, yang tidak ada pada kartu mana pun; mungkin dibulatkan program lembar kerja. Ubah "
        "format kolom menjadi teks, lalu ketik ulang nomornya.",
        "Format the column as text, type the number again",
    ),
    FindingCode(
        "person_repeated",
        "An earlier row of this list has the same family card, name and birth date under another NIK. Keep the right "
        "one of the two.",
        "Baris sebelumnya dalam daftar ini memuat kartu keluarga, nama, dan tanggal lahir yang sama dengan NIK lain. "
        "Pertahankan yang benar.",
        "Keep the right one of the two",
    ),
    FindingCode(
        "phone_digits_lost",
        "The spreadsheet program rounded the phone number. Format the column as text and type the number again.",
        "Program lembar kerja membulatkan nomor telepon. Ubah format kolom menjadi teks, lalu ketik ulang nomornya.",
        "Format the column as text, type the number again",
    ),
    FindingCode(
        "phone_invalid",
        "This is not an Indonesian phone number. Write it as 08..., or leave the cell empty.",
        "Ini bukan nomor telepon Indonesia. Tulis sebagai 08..., atau kosongkan selnya.",
        "Write it as 08..., or leave it empty",
    ),
    FindingCode(
        "registered_elsewhere",
        "This person is on the register in an area outside yours. Ask the office of that area: a list cannot move "
        "people.",
        "Orang ini terdaftar di wilayah di luar wilayah Anda. Hubungi kantor wilayah tersebut: daftar tidak dapat "
        "memindahkan penerima.",
        "Ask that area's office: a list cannot move people",
    ),
    FindingCode(
        "rt_invalid",
        "The RT is not a number of up to three digits. Correct it.",
        "RT bukan angka sampai tiga digit. Perbaiki RT-nya.",
        "Correct it",
    ),
    FindingCode(
        "rw_invalid",
        "The RW is not a number of up to three digits. Correct it.",
        "RW bukan angka sampai tiga digit. Perbaiki RW-nya.",
        "Correct it",
    ),
    FindingCode(
        "sex_unknown",
        "The sex is neither L nor P. Write L or P.",
        "Jenis kelamin bukan L maupun P. Tulis L atau P.",
        "Write L or P",
    ),
)
