"""Error messages: uploads, photos and attachments. `photo_` names photos and signatures, `file_` other files."""

from amanah.contracts.errors.texts import Code, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "attachment_unreadable",
        "The attachment is neither a picture nor a PDF, or it is damaged. Send it as one of them.",
        "Lampiran bukan gambar maupun PDF, atau rusak. Kirim dalam salah satu format itu.",
        "Send it as a picture or a PDF",
    ),
    Code(
        "file_mismatch",
        "The uploaded bytes differ from those declared. Create a new upload, and PUT the file whose hash you sent.",
        "Isi berkas yang diunggah berbeda dari yang dinyatakan. Minta alamat unggah baru, lalu PUT berkas yang "
        "hash-nya Anda kirim.",
        "Ask for a new upload; PUT the same bytes that you hashed",
    ),
    Code(
        "file_missing",
        "Nothing was uploaded. PUT the file first, then try again.",
        "Berkas belum diunggah. PUT berkasnya terlebih dahulu, lalu coba lagi.",
        "PUT the bytes, then try again",
    ),
    Variant(
        "file_missing.list",
        "The uploaded list no longer exists. Upload it again.",
        "Daftar yang diunggah sudah tidak ada. Unggah kembali.",
    ),
    Code(
        "file_too_large",
        "The file is larger than {most} MB. Make it smaller.",
        "Ukuran berkas melebihi {most} MB. Perkecil berkasnya.",
        "Make it smaller, or split the list; a list may also need too much memory",
    ),
    Variant(
        "file_too_large.reading",
        "Reading the list takes too much memory or time. Split it, or send it as CSV.",
        "Daftar ini memerlukan terlalu banyak memori atau waktu untuk dibaca. Pecah daftarnya, atau kirim sebagai CSV.",
    ),
    Variant(
        "file_too_large.unpacked",
        "The spreadsheet unpacks to more than 2 GB. Split it.",
        "Isi lembar kerja melebihi 2 GB setelah dibuka. Pecah daftarnya.",
    ),
    Code(
        "photo_mismatch",
        "The uploaded bytes differ from those declared. Create a new upload, and PUT the photo whose hash you sent.",
        "Isi foto yang diunggah berbeda dari yang dinyatakan. Minta alamat unggah baru, lalu PUT foto yang hash-nya "
        "Anda kirim.",
        "Ask for a new upload; PUT the same bytes that you hashed",
    ),
    Code(
        "photo_missing",
        "Nothing was uploaded. PUT the photo first, then try again.",
        "Foto belum diunggah. PUT fotonya terlebih dahulu, lalu coba lagi.",
        "PUT the bytes, then try again",
    ),
    Code(
        "photo_too_large",
        "The photo is larger than {most} MB. Make it smaller.",
        "Ukuran foto melebihi {most} MB. Perkecil fotonya.",
        "Make the photo or signature smaller",
    ),
    Code(
        "photo_unreadable",
        "The file is not a JPEG, PNG, WebP or HEIC picture. Take the photo again.",
        "Berkas bukan gambar JPEG, PNG, WebP, atau HEIC. Ambil ulang fotonya.",
        "The photo or signature is no picture, or damaged. Take it again",
    ),
    Variant(
        "photo_unreadable.damaged",
        "The picture is damaged or cut off. Send it again.",
        "Gambar rusak atau terpotong. Kirim ulang.",
    ),
    Variant(
        "photo_unreadable.size",
        "A picture of {width} by {height} pixels is not accepted as a photo. Take the photo again.",
        "Gambar berukuran {width} kali {height} piksel tidak diterima sebagai foto. Ambil ulang fotonya.",
    ),
    Code(
        "purpose_unknown",
        "Files of this purpose are not evidence. Choose another purpose.",
        "Berkas dengan kegunaan ini bukan bukti. Pilih kegunaan lain.",
        "Choose another purpose",
    ),
    Code(
        "upload_address",
        "This is not an address that createUpload answered with. Create a new upload, and use its url unchanged.",
        "Alamat ini bukan alamat dari createUpload. Minta unggahan baru, lalu gunakan url-nya tanpa diubah.",
        "Create a new upload, and use its url unchanged",
        Kind.FORBIDDEN,
    ),
    Variant(
        "upload_address.expired",
        "The address of the upload has expired. Create a new upload.",
        "Alamat unggahan sudah kedaluwarsa. Minta unggahan baru.",
    ),
    Variant(
        "upload_address.size",
        "The file has {received} bytes instead of the {size} that were declared. Send it whole.",
        "Berkas berukuran {received} bita, bukan {size} seperti yang dinyatakan. Kirim seluruhnya.",
        kind=Kind.BAD_USER_INPUT,
    ),
    Code(
        "upload_unknown",
        "You have no upload with this id for this purpose. Upload the file first.",
        "Anda tidak memiliki unggahan dengan id ini untuk kegunaan tersebut. Unggah berkasnya terlebih dahulu.",
        "Upload it yourself, with the right purpose",
    ),
    Code(
        "upload_used",
        "This upload already belongs to another record. Upload the file once more.",
        "Unggahan ini sudah dipakai catatan lain. Unggah berkasnya sekali lagi.",
        "Upload the file once more",
    ),
    Variant(
        "upload_used.twice",
        "One upload is named twice. Name each upload once.",
        "Satu unggahan disebut dua kali. Sebutkan setiap unggahan sekali saja.",
    ),
)
