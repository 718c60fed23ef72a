"""Error messages: records of partners, their credentials, and the token endpoint."""

from amanah.contracts.errors.texts import Code, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Variant(
        "bad_input.client_authentication",
        "Name the client once: by HTTP Basic, or by `client_id` and `client_secret` in the form.",
        "Sebutkan klien satu kali saja: dengan HTTP Basic, atau dengan `client_id` dan `client_secret` pada formulir.",
    ),
    Variant(
        "bad_input.grant_type",
        "Unsupported grant type. Send `grant_type=client_credentials`.",
        "Jenis grant tidak didukung. Kirim `grant_type=client_credentials`.",
    ),
    Variant(
        "bad_input.token_form",
        "Invalid token request. Send a form (application/x-www-form-urlencoded) in which each parameter stands once.",
        "Permintaan token tidak sesuai. Kirim formulir (application/x-www-form-urlencoded) yang memuat setiap "
        "parameter satu kali.",
    ),
    Code(
        "client_invalid",
        "Unknown client, or a secret that is wrong or has expired. Compare the client id and the secret.",
        "Klien tidak dikenal, atau rahasianya salah atau sudah tidak berlaku. Cocokkan id klien dan rahasianya.",
        "Compare the client id and the secret; ask the administrator to rotate the secret if it is lost",
        Kind.UNAUTHENTICATED,
    ),
    Variant(
        "forbidden.partner_gateway",
        "Only the gateway may check the credentials of partners.",
        "Hanya gateway yang boleh memeriksa kredensial mitra.",
    ),
    Variant(
        "not_found.partner",
        "Partner not found in your area.",
        "Mitra tidak ditemukan di wilayah Anda.",
    ),
    Code(
        "partner_name_taken",
        "Another partner has this name. Choose another name, or use that partner.",
        "Nama ini sudah dipakai mitra lain. Pilih nama lain, atau gunakan mitra tersebut.",
        "Choose another name, or use the partner that has it",
    ),
    Code(
        "partner_outside",
        "Package {code} is outside of what {partner} may carry. Check the area and the code, or change the partner.",
        "Paket {code} di luar yang boleh dibawa {partner}. Periksa wilayah dan kodenya, atau ubah data mitranya.",
        "Check the area and the code of the package, or have the partner changed",
    ),
    Code(
        "partner_subject_taken",
        "User {subject} acts for another partner. Remove the user there first.",
        "Pengguna {subject} bertindak untuk mitra lain. Hapus dahulu pengguna itu dari mitra tersebut.",
        "Remove the user from the other partner first",
    ),
    Code(
        "partner_suspended",
        "This partner is suspended: {reason}. Ask the administrator of your area.",
        "Mitra ini sedang ditangguhkan: {reason}. Hubungi administrator wilayah Anda.",
        "Ask the administrator of the area to end the suspension; then send again",
        Kind.FORBIDDEN,
    ),
    Code(
        "partner_unknown",
        "No partner is {name}. Name a registered partner, or the id of a user with the role LOGISTICS.",
        "Tidak ada mitra {name}. Sebutkan mitra yang terdaftar, atau id pengguna dengan peran LOGISTICS.",
        "Name a registered partner or its id; an administrator registers partners",
    ),
    Variant(
        "signature_invalid.headers",
        "Amanah-Partner, Amanah-Timestamp, Amanah-Nonce and Amanah-Signature are required; see docs/partners/accounts.md.",
        "Amanah-Partner, Amanah-Timestamp, Amanah-Nonce, dan Amanah-Signature wajib diisi; lihat "
        "docs/partners/accounts.md.",
    ),
    Variant(
        "signature_invalid.partner",
        "Invalid signature. Sign timestamp, nonce, method, target and the body's SHA-256; see docs/partners/accounts.md.",
        "Tanda tangan tidak sah. Tanda tangani stempel waktu, nonce, metode, target, dan SHA-256 isi permintaan; "
        "lihat docs/partners/accounts.md.",
    ),
    Code(
        "signature_replayed",
        "This signature was used before. Sign the request again with a new nonce.",
        "Tanda tangan ini sudah pernah dipakai. Tanda tangani ulang permintaannya dengan nonce baru.",
        "Sign each request anew, with a nonce of its own",
        Kind.UNAUTHENTICATED,
    ),
    Code(
        "too_many_pending",
        "{waiting} of your events wait to be processed; at most {most} may. Send the document again later.",
        "{waiting} peristiwa Anda menunggu diproses; paling banyak {most} yang boleh menunggu. Kirim lagi dokumennya nanti.",
        "Wait as many seconds as `Retry-After` says, then send the same document again",
        Kind.THROTTLED,
    ),
    Code(
        "webhook_address",
        "Outcomes are not posted to this address. Use an https address of a public host, without user, password and fragment.",
        "Hasil tidak dikirim ke alamat ini. Gunakan alamat https dari host publik, tanpa pengguna, kata sandi, dan fragmen.",
        "Use an https address of a public host",
    ),
    Code(
        "webhook_secret_missing",
        "The partner has no WEBHOOK secret. Make one first (rotatePartnerCredential).",
        "Mitra ini belum memiliki rahasia WEBHOOK. Buat dahulu (rotatePartnerCredential).",
        "Make a WEBHOOK secret with `rotatePartnerCredential`, then set the address",
    ),
)  # fmt: skip
