"""Error messages: cases (grievances)."""

from amanah.contracts.errors.texts import Code, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "assignee_missing",
        "The assignee is missing. Name the person who is to handle this case.",
        "Penanggung jawab belum diisi. Sebutkan siapa yang akan menangani pengaduan ini.",
        "Name a person in `assigneeId`",
    ),
    Code(
        "assignee_unknown",
        "No person with this id has signed in yet. Check the id, or ask the person to sign in once.",
        "Belum ada orang dengan id ini yang pernah masuk. Periksa kembali id-nya, atau minta orang tersebut masuk "
        "sekali.",
        "Check the id; a person is known once they have signed in",
    ),
    Variant(
        "assignee_unknown.kind",
        "This is not the id of a person. Name the assignee by their id.",
        "Ini bukan id orang. Sebutkan penanggung jawab dengan id-nya.",
    ),
    Code(
        "case_at_top",
        "This case is at the national level and cannot be escalated further. Resolve it there.",
        "Pengaduan ini sudah di tingkat nasional dan tidak dapat dinaikkan lagi. Selesaikan di tingkat tersebut.",
        "Resolve it at the national level",
    ),
    Code(
        "case_not_resolved",
        "This case is already open. Only a resolved case can be reopened.",
        "Pengaduan ini masih terbuka. Hanya pengaduan yang sudah selesai yang dapat dibuka kembali.",
        "Continue with the case; nothing has to be reopened",
    ),
    Code(
        "case_resolved",
        "This case is resolved. Reopen it first.",
        "Pengaduan ini sudah selesai. Buka kembali terlebih dahulu.",
        "Reopen it first",
    ),
    Code(
        "contact_hidden",
        "This complaint is anonymous, so its contact is hidden. Answer in the case itself.",
        "Pengaduan ini anonim, sehingga kontaknya tidak ditampilkan kepada siapa pun. Jawablah melalui pengaduan ini.",
        "Answer in the case itself",
    ),
    Code(
        "contact_missing",
        "This complaint has no contact. Answer in the case itself.",
        "Pengaduan ini tidak mencantumkan kontak. Jawablah melalui pengaduan ini.",
        "Answer in the case itself",
    ),
    Code(
        "party_to_case",
        "The officer who recorded the handover cannot handle a case about it. Ask a colleague.",
        "Petugas yang mencatat serah terima tidak boleh menilai pengaduan tentangnya. Serahkan kepada rekan Anda.",
        "Ask a colleague to handle the case",
    ),
)
