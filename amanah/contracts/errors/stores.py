"""Error messages: stores, buses and services that do not answer, or are full."""

from amanah.contracts.errors.texts import Code, Kind, Row, Variant

ROWS: tuple[Row, ...] = (
    Code(
        "storage_full",
        "The object store has no space left. Ask an operator to add space, then try again.",
        "Ruang penyimpanan berkas sudah penuh. Minta operator menambah ruang, lalu coba lagi.",
        "Ask an operator to add space, then try again",
    ),
    Code(
        "unavailable",
        "A service or store does not answer. Try again shortly.",
        "Layanan atau penyimpanan sedang tidak dapat dihubungi. Silakan coba lagi sebentar lagi.",
        "Try again, each time after a longer wait",
        Kind.UNAVAILABLE,
    ),
    Variant(
        "unavailable.audit",
        "The audit service does not answer. Try again shortly.",
        "Layanan audit sedang tidak dapat dihubungi. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.bus",
        "Kafka cannot do this now ({error}). Try again shortly.",
        "Kafka sedang tidak dapat melakukannya ({error}). Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.bus_ends",
        "Kafka did not say where its topics end. Try again shortly.",
        "Kafka tidak memberitahukan akhir topiknya. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.bus_file",
        "The local bus cannot use its file now ({error}). Try again shortly.",
        "Bus lokal sedang tidak dapat memakai berkasnya ({error}). Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.bus_group",
        "The consumer group assigned no partitions within {seconds} s. It is joined again.",
        "Grup konsumen tidak membagikan partisi dalam {seconds} detik. Grup itu dimasuki lagi.",
    ),
    Variant(
        "unavailable.deadline",
        "The call took longer than its deadline. Try again shortly.",
        "Panggilan melebihi batas waktunya. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.figures",
        "No event has been counted yet. Try again later.",
        "Belum ada peristiwa yang dihitung. Silakan coba lagi nanti.",
    ),
    Variant(
        "unavailable.objects",
        "The object store does not answer. Try again shortly.",
        "Penyimpanan berkas sedang tidak dapat dihubungi. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.objects_answer",
        "The object store answered {answer}. Try again shortly.",
        "Penyimpanan berkas menjawab {answer}. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.service",
        "A service cannot be reached. Try again shortly.",
        "Layanan sedang tidak dapat dihubungi. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.service_answer",
        "A service answered {status} without a reason. Try again shortly.",
        "Layanan menjawab {status} tanpa alasan. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.service_time",
        "A service did not answer in time. Try again shortly.",
        "Layanan tidak menjawab tepat waktu. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.store",
        "The document store does not answer. Try again shortly.",
        "Penyimpanan dokumen sedang tidak dapat dihubungi. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.store_busy",
        "The document store is busy. Try again shortly.",
        "Penyimpanan dokumen sedang sibuk. Silakan coba lagi sebentar lagi.",
    ),
    Variant(
        "unavailable.topics",
        "The topics {topics} do not exist. Create them with `amanah topics apply`.",
        "Topik {topics} tidak ada. Buat dengan `amanah topics apply`.",
    ),
)
