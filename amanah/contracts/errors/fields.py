"""Error messages: fields of an input that are not accepted. `field` of the error names the field."""

from amanah.contracts.errors.texts import Code, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "invalid",
        "Invalid format.",
        "Format tidak sesuai.",
        "A field is too long, too short, missing or in the wrong format; `field` names it. Correct it as the "
        "message says",
    ),
    Variant("invalid.account", "Write 5 to 34 letters and digits.", "Tulis 5 sampai 34 huruf dan angka."),
    Variant(
        "invalid.accuracy",
        "An accuracy is a number of metres, 0 or more.",
        "Akurasi adalah jumlah meter, 0 atau lebih.",
    ),
    Variant(
        "invalid.area",
        "Write an area code, such as 32, 32.75, 32.75.03 or 32.75.03.1002; ID is the nation.",
        "Tulis kode wilayah, misalnya 32, 32.75, 32.75.03, atau 32.75.03.1002; ID untuk tingkat nasional.",
    ),
    Variant("invalid.choice", "Choose one of {choices}.", "Pilih salah satu: {choices}."),
    Variant(
        "invalid.code",
        "Use letters, digits, full stops, hyphens and underscores only.",
        "Gunakan hanya huruf, angka, titik, tanda hubung, dan garis bawah.",
    ),
    Variant(
        "invalid.decimal_max_places",
        "Write at most {decimal_places} decimals.",
        "Tulis paling banyak {decimal_places} angka di belakang koma.",
    ),
    Variant("invalid.empty_list", "Give at least one.", "Isi sedikitnya satu."),
    Variant("invalid.empty_text", "This must not be empty.", "Isian ini tidak boleh kosong."),
    Variant("invalid.finite_number", "Write a number.", "Tulis sebuah angka."),
    Variant("invalid.greater_than", "This must be more than {gt}.", "Nilainya harus lebih dari {gt}."),
    Variant("invalid.greater_than_equal", "This must be {ge} or more.", "Nilainya harus {ge} atau lebih."),
    Variant(
        "invalid.id",
        "Write ids or codes: letters, digits and . _ : / - only.",
        "Tulis id atau kode: hanya huruf, angka, serta . _ : / dan - saja.",
    ),
    Variant(
        "invalid.latitude",
        "A latitude is a number from -90 to 90 degrees.",
        "Lintang adalah angka dari -90 sampai 90 derajat.",
    ),
    Variant("invalid.less_than", "This must be less than {lt}.", "Nilainya harus kurang dari {lt}."),
    Variant("invalid.less_than_equal", "This must be {le} or less.", "Nilainya harus {le} atau kurang."),
    Variant("invalid.line", "Write it on one line.", "Tulis dalam satu baris."),
    Variant(
        "invalid.longitude",
        "A longitude is a number from -180 to 180 degrees.",
        "Bujur adalah angka dari -180 sampai 180 derajat.",
    ),
    Variant("invalid.missing", "This field is required.", "Isian ini wajib diisi."),
    Variant(
        "invalid.proving_action",
        "This action proves nothing. Name an action whose entries are proofs.",
        "Aksi ini tidak membuktikan apa pun. Sebutkan aksi yang entrinya merupakan bukti.",
    ),
    Variant(
        "invalid.sha256",
        "Write the SHA-256 as 64 digits from 0 to 9 and a to f.",
        "Tulis SHA-256 sebagai 64 karakter 0 sampai 9 dan a sampai f.",
    ),
    Variant(
        "invalid.string_too_long",
        "Write at most {max_length} characters.",
        "Tulis paling banyak {max_length} karakter.",
    ),
    Variant(
        "invalid.string_too_short",
        "Write at least {min_length} characters.",
        "Tulis sedikitnya {min_length} karakter.",
    ),
    Variant(
        "invalid.time",
        "A time needs its offset, such as 2026-11-24T09:30:00+07:00.",
        "Waktu harus disertai selisih zona waktunya, misalnya 2026-11-24T09:30:00+07:00.",
    ),
    Variant("invalid.too_long", "Give at most {max_length} at once.", "Isi paling banyak {max_length} sekaligus."),
    Variant("invalid.too_short", "Give at least {min_length}.", "Isi sedikitnya {min_length}."),
    Variant(
        "invalid.user",
        "Write the id of a user: usr_ and 26 letters and digits.",
        "Tulis id pengguna: usr_ dan 26 huruf dan angka.",
    ),
    Variant("invalid.word", "Use up to 20 lower-case letters.", "Gunakan paling banyak 20 huruf kecil."),
    Code(
        "reason_unfit",
        "This text appears in the public audit log. Remove numbers of people, e-mail addresses and names.",
        "Teks ini tampil di log audit publik. Hapus nomor pribadi, alamat surel, dan nama orang.",
        "A reason, note, decree or authority holds a number that may be somebody's, or an e-mail address. Write it "
        "without them; `field` names the text",
    ),
)
