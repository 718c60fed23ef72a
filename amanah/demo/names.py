"""Names as people of several Indonesian regions bear them. Lists of common names, not of people."""

from random import Random

_MEN = {
    "sunda": "Asep Dadang Cecep Ujang Endang Tatang Aep Iwan Deden Yayan Jajang Engkos Entis Wawan Nandang",
    "jawa": "Sugeng Slamet Paijo Sutrisno Joko Bambang Supriyadi Wagiman Tukiman Suparman Sigit Teguh Mulyono Ngadimin",
    "minang": "Zulkifli Syafrizal Yusrizal Afrizal Nofrizal Irwandi Darmawan Rusdi Hendri Masril",
    "batak": "Parlindungan Tumpal Saut Hotman Binsar Maruli Pardamean Togar Jonggi Manahan",
    "bugis": "Andi Baso Daeng Muhtar Sabaruddin Arifuddin Lukman Syamsuddin Hasanuddin Ambo Kamaruddin",
    "bali": "Wayan Made Nyoman Ketut Putu Kadek Komang Gede",
    "timur": "Yohanes Markus Petrus Agustinus Fransiskus Melkianus Yosef Simon Elias Benyamin",
    "banjar": "Muhammad Ahmad Syahrani Hairul Jamhuri Rahmadi Fahrul Anang Mahmud Sirajuddin",
}
_WOMEN = {
    "sunda": "Euis Nunung Dedeh Iis Entin Cucu Enok Lilis Popon Teti Yeyen Imas Kokom Elis Odah",
    "jawa": "Sri Tumini Sulastri Wagiyem Ngatini Suminah Sumarni Endah Ratih Tukinem Suparmi Warsini Lestari",
    "minang": "Yurnalis Desmawati Rosmaini Nurbaiti Yulidar Ernawati Syamsinar Gusnimar Fatmawati",
    "batak": "Tiurma Rosmida Duma Lamtiur Nurhaida Sondang Tiarma Romauli Marsaulina",
    "bugis": "Nurhayati Hasnah Rosdiana Sitti Mardiana Hafsah Kartini Sahariah Darmawati",
    "bali": "Wayan Made Nyoman Ketut Putu Kadek Komang",
    "timur": "Maria Yuliana Theresia Veronika Kristina Marlina Elisabeth Agnes Petronela",
    "banjar": "Siti Noor Rusmini Mahrita Jamilah Halimah Salasiah Raudah Maimunah",
}
_LAST_MEN = {
    "sunda": "Suherman Hidayat Sutisna Kurniawan Rukmana Sobari Permana Suryana Gunawan Mulyana",
    "jawa": "Widodo Santoso Raharjo Prasetyo Nugroho Wibowo Utomo Susanto Purnomo",
    "minang": "Chaniago Piliang Tanjung Koto Sikumbang Jambak",
    "batak": "Simanjuntak Siregar Nasution Hutapea Sihombing Manurung Panjaitan Harahap",
    "bugis": "Mappasessu Tenri Pabokori Makkulau Patunru",
    "bali": "Sudarma Suardana Artana Wijaya Suastika Adnyana",
    "timur": "Wenda Tabuni Rumbiak Nahak Bere Seran Kogoya Latuconsina Sahetapy",
    "banjar": "Rahman Arsyad Ramadhan Fadli Anwari Ansari",
}
_LAST_WOMEN = _LAST_MEN | {
    "sunda": "Rohaeti Suhaeti Maryati Kurniasih Nurjanah Komalasari Sumiati Rukmini Hartati",
    "jawa": "Rahayu Wahyuni Handayani Astuti Ningsih Utami Setyowati Susilowati",
    "bali": "Sukarini Suartini Ariani Lestari Suryani Widiani",
    "banjar": "Hasanah Aminah Fitriani Hidayah Rahmah Mariani",
}
_ORIGINS = ("sunda",) * 60 + ("jawa",) * 18 + ("minang", "batak", "bugis", "bali", "timur", "banjar") * 4


def full_name(rng: Random, sex: str) -> str:
    """A name in capitals, as offices write it; sometimes a single one, an abbreviation or a title. `sex` is L or P."""
    origin = rng.choice(_ORIGINS)
    first, last = (_WOMEN, _LAST_WOMEN) if sex == "P" else (_MEN, _LAST_MEN)
    parts = [rng.choice(first[origin].split()), rng.choice(last[origin].split())]
    if origin == "bali":
        parts.insert(0, "Ni" if sex == "P" else "I")
    kind = rng.random()
    if kind < 0.10 and origin in ("sunda", "jawa"):
        parts = parts[:1]
    elif kind < 0.22 and origin in ("sunda", "jawa", "minang", "banjar"):
        parts.insert(0, rng.choice(("Siti", "St.", "Hj.") if sex == "P" else ("Moh.", "Muhammad", "H.", "Ahmad")))
    return " ".join(parts).upper()
