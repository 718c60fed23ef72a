import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.area_table import area_table
from amanah.contracts.areas import lineage
from services.recipients.imports.rules.places import PlacePath, Places


def villages(under: str = "ID") -> list[str]:
    return [under] if under.count(".") == 3 else [v for a in area_table().children(under) for v in villages(a)]


SAMPLE = random.Random(7).sample(villages(), 400)


def named(code: str) -> PlacePath:
    province, regency, district, village = (area_table().name(c) for c in lineage(code)[1:])
    return PlacePath(province=province, regency=regency, district=district, village=village)


@given(
    st.sampled_from(SAMPLE),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from(["{}", " {} ", "{}.", "Kec. {}", "KECAMATAN {}", "KEC.{}"]),
    st.sampled_from(["Prov. {}", "PROVINSI {}", "{}"]),
    st.sampled_from([("Kabupaten ", "KAB. "), ("Kabupaten ", "Kab "), ("Kota ", "KOTA "), ("", "")]),
    st.booleans(),
)
def test_a_village_is_found_however_its_path_is_written(
    places: Places, code: str, case: object, district: str, province: str, kind: tuple[str, str], squeezed: bool
) -> None:
    assert callable(case)
    path = named(code)
    found = places.find(
        PlacePath(
            province=province.format(case(path.province)),
            regency=case(path.regency.replace(*kind)),
            district=district.format(case(path.district)),
            village=case(path.village.replace(" ", "") if squeezed else path.village),
        )
    )
    assert found.code == code or found.fault == "area_ambiguous"


@pytest.mark.parametrize("village", ["Harapan Jaya", "KEL. HARAPAN JAYA", "Kelurahan Harapanjaya", "Desa Harapan Jaya"])
@pytest.mark.parametrize("regency", ["Kota Bekasi", "KOTA BEKASI", "bekasi", ""])
def test_a_kind_of_village_is_no_reason_to_refuse(places: Places, village: str, regency: str) -> None:
    assert places.find(PlacePath(village=village, district="Bekasi Utara", regency=regency)).code == "32.75.03.1006"


@pytest.mark.parametrize("text", ["32.75.03.1006", "3275031006", "3275031006.0", " 32 75 03 1006 "])
def test_codes_are_understood_with_and_without_dots(places: Places, text: str) -> None:
    assert places.find(PlacePath(area_code=text)).code == "32.75.03.1006"


@pytest.mark.parametrize("text", ["32.75.03", "32.75.03.9999", "kota", "327503100"])
def test_a_code_of_no_village_is_unknown(places: Places, text: str) -> None:
    found = places.find(PlacePath(area_code=text))
    assert (found.fault, found.field) == ("area_unknown", "area_code")


@pytest.mark.parametrize(
    ("path", "fault", "field"),
    [
        (PlacePath(village="Sukamaju"), "area_ambiguous", "village"),
        (PlacePath(village="Oesao", district="Kupang Timur"), "area_ambiguous", "village"),
        (PlacePath(village="Negeri Dongeng", district="Bekasi Utara"), "area_unknown", "village"),
        (PlacePath(village="Harapan Jaya", district="Bekasi Utaraa"), "area_unknown", "district"),
        (PlacePath(village="Harapan Jaya", district="Bekasi Utara", regency="Kab. Bekasi"), "area_unknown", "district"),
        (PlacePath(village="Harapan Jaya", regency="Kota Bekasih"), "area_unknown", "regency"),
        (PlacePath(village="Harapan Jaya", province="Atlantis"), "area_unknown", "province"),
        (PlacePath(village=" - "), "area_missing", "village"),
    ],
)
def test_never_a_guess(places: Places, path: PlacePath, fault: str, field: str) -> None:
    found = places.find(path)
    assert (found.code, found.fault, found.field) == (None, fault, field)


def test_the_kind_tells_two_villages_of_one_name_apart(places: Places) -> None:
    urban = places.find(PlacePath(village="Kel. Oesao", district="Kupang Timur"))
    rural = places.find(PlacePath(village="Desa Oesao", district="Kupang Timur"))
    assert urban.code == "53.01.06.1004"
    assert rural.code is not None
    assert rural.code != urban.code


def test_a_name_that_begins_like_a_kind_is_a_name(places: Places) -> None:
    assert places.find(PlacePath(village="X", regency="KOTA BARU")).field == "village"
    assert places.find(PlacePath(village="X", regency="Kab. Kotabaru")).field == "village"


@pytest.mark.parametrize("province", ["DKI Jakarta", "D.K.I. JAKARTA", "Daerah Khusus Ibukota Jakarta", "DKJ"])
def test_provinces_have_other_names(places: Places, province: str) -> None:
    path = PlacePath(village="Gambir", district="Gambir", regency="Kota Adm. Jakarta Pusat", province=province)
    assert places.find(path).code == "31.71.01.1001"
