"""Error messages: tokens, roles, and secrets of SMS gateways."""

from amanah.contracts.errors.texts import Code, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "forbidden",
        "You are not allowed to do this. Ask your administrator for the role.",
        "Anda tidak berwenang melakukan ini. Mintalah peran yang sesuai kepada administrator Anda.",
        "Do not repeat it; ask your administrator for the role. The attempt is in the audit log",
        Kind.FORBIDDEN,
    ),
    Variant(
        "forbidden.area",
        "None of your roles covers the area {area}. Ask your administrator for the role.",
        "Peran Anda tidak mencakup wilayah {area}. Mintalah peran yang sesuai kepada administrator Anda.",
    ),
    Variant(
        "forbidden.case",
        "You may read this case but not change it. Ask a supervisor.",
        "Anda dapat membaca pengaduan ini, tetapi tidak dapat mengubahnya. Hubungi pengawas Anda.",
    ),
    Variant(
        "forbidden.case_assignee",
        "The assignee of a case may add notes and resolve it. Ask a supervisor for anything else.",
        "Penanggung jawab pengaduan hanya dapat memberi catatan dan menyelesaikannya. Untuk hal lain, hubungi "
        "pengawas Anda.",
    ),
    Variant(
        "forbidden.codes",
        "Those who hand over aid may not see its confirmation codes.",
        "Petugas penyaluran tidak boleh melihat kode konfirmasi penerima.",
    ),
    Variant(
        "forbidden.partner",
        "The sender is not a logistics partner. Send with the token of a partner.",
        "Pengirim bukan mitra logistik. Gunakan token milik mitra.",
        kind=Kind.FINDING,
    ),
    Variant(
        "forbidden.role",
        "This requires the role {roles}. Ask your administrator for the role.",
        "Tindakan ini memerlukan peran {roles}. Mintalah peran tersebut kepada administrator Anda.",
    ),
    Variant(
        "forbidden.sms",
        "Only the SMS webhooks of the gateway may submit messages.",
        "Pesan SMS hanya dapat diserahkan melalui webhook SMS pada gateway.",
    ),
    Code(
        "signature_invalid",
        "The signature of the SMS gateway does not match the message. Compare the shared secret.",
        "Tanda tangan gateway SMS tidak cocok dengan pesannya. Cocokkan kunci rahasia bersama.",
        "Compare the secret that both sides have",
        Kind.UNAUTHENTICATED,
    ),
    Variant(
        "signature_invalid.http",
        "Invalid signature. Sign the timestamp, a full stop and the body with HMAC-SHA-256; see docs/partners/sms.md.",
        "Tanda tangan tidak sah. Tanda tangani stempel waktu, tanda titik, dan isi pesan dengan HMAC-SHA-256; lihat "
        "docs/partners/sms.md.",
    ),
    Variant(
        "signature_invalid.kannel",
        "The parameter `secret` does not match. Compare it with the setting of this installation.",
        "Parameter `secret` tidak cocok. Cocokkan dengan pengaturan instalasi ini.",
    ),
    Variant(
        "signature_invalid.rapidpro",
        "The token does not match. Send the header `Authorization: Token ...` with the agreed token.",
        "Token tidak cocok. Kirim header `Authorization: Token ...` dengan token yang telah disepakati.",
    ),
    Variant(
        "signature_invalid.twilio",
        "X-Twilio-Signature does not match. Check the auth token and AMANAH_PUBLIC_URL.",
        "X-Twilio-Signature tidak cocok. Periksa auth token dan AMANAH_PUBLIC_URL.",
    ),
    Code(
        "timestamp_stale",
        "The timestamp differs by more than {seconds} s from our clock. Check your clock, then sign the message again.",
        "Stempel waktu berbeda lebih dari {seconds} detik dari jam kami. Periksa jam Anda, lalu tanda tangani ulang "
        "pesannya.",
        "Check the clock of the SMS gateway",
        Kind.UNAUTHENTICATED,
    ),
    Code(
        "token_audience",
        "The token was issued for another service. Sign in again.",
        "Token ini diterbitkan untuk layanan lain. Silakan masuk kembali.",
        "Ask the issuer for a token for this service",
        Kind.UNAUTHENTICATED,
    ),
    Code(
        "token_early",
        "The token is not valid yet. Check the clock of your device.",
        "Token belum berlaku. Periksa jam perangkat Anda.",
        "Check the clocks of the device and of the issuer",
        Kind.UNAUTHENTICATED,
    ),
    Code(
        "token_expired",
        "The token has expired. Sign in again.",
        "Token sudah kedaluwarsa. Silakan masuk kembali.",
        "Sign in again",
        Kind.UNAUTHENTICATED,
    ),
    Code(
        "token_invalid",
        "The token is damaged or not signed by the trusted issuer. Sign in again.",
        "Token rusak atau tidak ditandatangani oleh penerbit tepercaya. Silakan masuk kembali.",
        "The token is damaged, lacks a claim, or is not signed by the trusted issuer. Sign in again",
        Kind.UNAUTHENTICATED,
    ),
    Variant(
        "token_invalid.call",
        "The call is not signed by a service of this installation.",
        "Panggilan ini tidak ditandatangani oleh layanan dalam instalasi ini.",
    ),
    Variant(
        "token_invalid.claims",
        "The token lacks a required claim. Sign in again.",
        "Token tidak memuat klaim yang diperlukan. Silakan masuk kembali.",
    ),
    Variant(
        "token_invalid.header",
        "The header {header} does not say who sent this. {problem}",
        "Header {header} tidak menunjukkan siapa pengirimnya. {problem}",
    ),
    Code(
        "token_issuer",
        "The token is from an issuer that is not trusted here. Sign in again.",
        "Token berasal dari penerbit yang tidak dipercaya di sini. Silakan masuk kembali.",
        "Sign in at the issuer that this installation trusts",
        Kind.UNAUTHENTICATED,
    ),
    Code(
        "token_missing",
        "No token was sent. Send the header `Authorization: Bearer ...`.",
        "Token tidak disertakan. Kirim header `Authorization: Bearer ...`.",
        "Sign in, and send the header `Authorization: Bearer ...`",
        Kind.UNAUTHENTICATED,
    ),
    Code(
        "token_revoked",
        "Your access was revoked. Ask your administrator.",
        "Akses Anda telah dicabut. Hubungi administrator Anda.",
        "Ask your administrator; do not connect again with this token",
        Kind.UNAUTHENTICATED,
    ),
    Variant(
        "token_revoked.secret",
        "The secret that this token was issued to was ended. Get a token with the new secret.",
        "Rahasia yang menjadi dasar penerbitan token ini telah diakhiri. Minta token dengan rahasia yang baru.",
    ),
    Code(
        "token_subject_personal",
        "The token's `sub` looks personal or is too long, and would appear in the public audit log. The identity "
        "provider must send an opaque id, such as a UUID.",
        "Klaim `sub` pada token tampak memuat data pribadi atau terlalu panjang, padahal akan tampil di log audit "
        "publik. Penyedia identitas harus mengirim id acak, misalnya UUID.",
        "The `sub` looks like an e-mail address, a login, a NIK or a telephone, has blanks, or over 200 characters. "
        "Ask the operator of the identity provider to send an opaque id",
        Kind.UNAUTHENTICATED,
    ),
)
