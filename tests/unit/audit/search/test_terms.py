from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.actor import Acting
from amanah.contracts.areas import Scope
from amanah.contracts.audit.entry import MAX_RELATED, AuditEntry, Origin, Subject
from services.audit.search.rules import terms
from services.audit.search.rules.entry import Entry, read
from services.audit.search.rules.terms import EVERY, STEP, TOP, Conditions, SearchFilters, entry_terms, on_level

AREAS = st.sampled_from(["ID", "", "32", "32.01", "32.01.05", "32.01.05.2001", "32.02", "33", "33.02.01", "elsewhere"])
CODES = AREAS.filter(lambda area: area not in ("", "elsewhere"))


def entry(**given: object) -> Entry:
    said: dict[str, object] = {
        "id": "aud_1",
        "time": datetime(2026, 3, 1, tzinfo=UTC),
        "actor": Acting(id="usr_1", name="Sari", role="OFFICER", area="32.01"),
        "action": "distribution:handover:accept",
        "subject": Subject(type="Handover", id="hov_1"),
        "concerns": (Subject(type="Recipient", id="rcp_1"), Subject(type="Officer", id="usr_1")),
        "area": "32.01.05.2001",
        "reason": "Salah alamat; SALAH orang",
        "authority": "SK 12/2026",
        "origin": Origin(service="distribution"),
    }
    return read(AuditEntry.model_validate(said | given).canonical())


def test_what_an_entry_is_found_by() -> None:
    assert set(entry_terms(entry())) == {
        on_level(0, term)
        for term in (
            EVERY, "by:usr_1", "of:hov_1", "about:usr_1", "about:hov_1", "about:rcp_1",
            "proves:distribution:handover:accept:hov_1", "does:distribution:handover:accept", "does:distribution:handover:", "does:distribution:",
            "under:sk 12/2026", "in:32", "in:32.01", "in:32.01.05", "in:32.01.05.2001",
            "says:salah", "says:alamat", "says:orang",
        )
    }  # fmt: skip


HANDOVER, OTHER, RECIPIENT = (
    Subject(type=kind, id=i) for kind, i in (("Handover", "hov_1"), ("Handover", "hov_2"), ("Recipient", "rcp_1"))
)


@pytest.mark.parametrize(
    ("action", "subject", "concerns", "proven"),
    [
        ("distribution:handover:accept", RECIPIENT, (RECIPIENT, HANDOVER), ["hov_1"]),
        ("distribution:handover:dispute", HANDOVER, (OTHER,), ["hov_1"]),
        ("reporting:report:generate", RECIPIENT, (HANDOVER,), []),
        ("distribution:handover:uphold", HANDOVER, (), []),
        ("access:request:deny", HANDOVER, (OTHER,), []),
    ],
)
def test_an_entry_proves_one_thing_of_the_kind_that_its_action_tells_of(
    action: str, subject: Subject, concerns: tuple[Subject, ...], proven: list[str]
) -> None:
    found = entry_terms(entry(action=action, subject=subject, concerns=concerns))
    assert [term for term in found if term.startswith("0proves:")] == [
        on_level(0, terms.evidence_term(action, thing)) for thing in proven
    ]


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("Salah ALAMAT", "salah alamat"), ("\u212bngström", "ångström"), ("ſalah", "SALAH"), ("20:00, tanggal 3", "00"),
        ("ﬁnal", "final"), ("rumah-kosong", "kosong"), ("Straße", "STRASSE"),
    ],
)  # fmt: skip
def test_words_are_the_same_however_they_are_written(kept: str, asked: str) -> None:
    assert set(terms.word_terms(asked)) <= set(terms.word_terms(kept))


def test_an_authority_is_the_same_in_any_case_and_spacing() -> None:
    assert (
        terms.authority_term(" sk  12/2026 ")
        == terms.authority_term("SK 12/2026")
        != terms.authority_term("SK 13/2026")
    )


@given(st.text(max_size=70_000), st.text(max_size=2000))
def test_terms_are_short_and_never_too_many(reason: str, authority: str) -> None:
    bounded = [
        *terms.word_terms(reason),
        terms.authority_term(authority),
        terms.about_term(authority),
        terms.action_term(authority),
    ]
    assert max(map(len, bounded)) < 80
    assert len(terms.word_terms(reason)) <= 200


def test_long_values_that_differ_at_their_end_are_not_the_same() -> None:
    assert terms.about_term("x" * 100 + "1") != terms.about_term("x" * 100 + "2")


def test_an_entry_is_found_by_each_of_many_concerns() -> None:
    many = tuple(Subject(type="Recipient", id=f"rcp_{n}") for n in range(MAX_RELATED))
    assert {on_level(0, terms.about_term(each.id)) for each in many} <= set(entry_terms(entry(concerns=many)))


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(st.lists(st.tuples(MOMENTS, st.integers(0, 10**11)), max_size=20))
def test_the_order_is_by_the_time_told_then_by_index(places: list[tuple[datetime, int]]) -> None:
    told = [(entry(time=at), index) for at, index in places]
    by_order = sorted(told, key=lambda each: terms.order_of(*each))
    assert by_order == sorted(told, key=lambda each: (each[0].time, each[1]))
    assert all(terms.is_order(terms.order_of(*each)) for each in told)
    assert all(terms.FIRST <= terms.order_of(*each) < terms.LAST for each in told)


@given(MOMENTS, st.integers(-3000, 3000), st.integers(0, 10**11))
def test_a_moment_parts_the_order_where_it_parts_time(moment: datetime, apart: int, index: int) -> None:
    one = entry(time=moment + timedelta(microseconds=apart))
    assert (terms.order_of(one, index) < terms.order_at(moment)) == (one.time < moment)


@given(AREAS, AREAS, st.lists(CODES, min_size=1, max_size=3), st.none() | CODES)
def test_sight_and_area_hold_where_the_actors_area_or_the_subjects_is_covered(
    actor_area: str, area: str, scope: list[str], wanted: str | None
) -> None:
    one = entry(actor=Acting(id="usr_1", name="", role="OFFICER", area=actor_area), area=area)
    conditions = Conditions.of(Scope(scope), SearchFilters(area=wanted))
    seen, inside = (
        any(codes.covers(place) for place in (actor_area, area)) for codes in (Scope(scope), Scope([wanted or "ID"]))
    )
    assert conditions.hold(entry_terms(one), one.action) == (seen and inside)
    if conditions.sight != (EVERY,) and any(on_level(0, term) in entry_terms(one) for term in conditions.sight):
        assert seen, "whatever sight finds is seen"


def test_about_one_entry_in_32_is_on_the_next_level_too() -> None:
    one = entry()
    heights = [int(entry_terms(one.model_copy(update={"id": f"aud_{n}"}))[-1][0]) for n in range(20_000)]
    for level in (1, 2):
        expected = len(heights) / STEP**level
        assert expected / 2 < sum(height >= level for height in heights) < expected * 2
    assert max(heights) <= TOP


@pytest.mark.parametrize("text", ["", "1", "0" * 21, "0" * 23, "0" * 21 + "G", "~", "0" * 21 + "\n"])
def test_what_is_no_place(text: str) -> None:
    assert not terms.is_order(text)
