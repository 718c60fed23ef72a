from hypothesis import given
from hypothesis import strategies as st

from amanah.contracts.areas import Scope
from services.recipients.duplicates.rules import Candidate, RegisteredPerson, Verdict, judge, person_text

BEKASI = Scope(["32.75"])


def verdicts(
    *candidates: Candidate,
    earlier: list[Candidate] | None = None,
    registered: dict[str, RegisteredPerson] | None = None,
) -> list[Verdict]:
    found = judge(candidates, earlier or [], registered or {}, BEKASI)
    return [found[c.row] for c in candidates]


def test_a_new_person_is_staged() -> None:
    assert verdicts(Candidate(2, "a", "A", "x")) == [Verdict.STAGE]


def test_the_first_of_two_rows_counts() -> None:
    assert verdicts(Candidate(2, "a", "A", "x"), Candidate(3, "a", "A", "x"), Candidate(4, "a", "A", "y")) == [
        Verdict.STAGE, Verdict.SAME, Verdict.NIK_REPEATED,
    ]  # fmt: skip


def test_one_person_under_two_niks_is_a_duplicate() -> None:
    assert verdicts(Candidate(2, "a", "A", "x"), Candidate(3, "b", "A", "y")) == [
        Verdict.STAGE, Verdict.PERSON_REPEATED,
    ]  # fmt: skip


def test_people_without_a_family_card_are_no_duplicates() -> None:
    assert verdicts(Candidate(2, "a", None, "x"), Candidate(3, "b", None, "y")) == [Verdict.STAGE, Verdict.STAGE]


def test_rows_of_earlier_batches_count() -> None:
    earlier = [Candidate(2, "a", "A", "x")]
    assert verdicts(Candidate(9, "a", "A", "y"), earlier=earlier) == [Verdict.NIK_REPEATED]
    assert verdicts(Candidate(9, "b", "A", "y"), earlier=earlier) == [Verdict.PERSON_REPEATED]


def test_rows_are_compared_with_the_register() -> None:
    def known(area: str, content: str) -> list[Verdict]:
        return verdicts(Candidate(2, "a", "A", "x"), registered={"a": RegisteredPerson(area, content)})

    assert known("32.75.03.1006", "x") == [Verdict.SAME]
    assert known("32.75.03.1006", "y") == [Verdict.STAGE]
    assert known("32.01.16.2013", "x") == [Verdict.REGISTERED_ELSEWHERE]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("ABC") | st.none(), st.sampled_from("xy")), max_size=8)
)
def test_verdicts_do_not_depend_on_batches(rows: list[tuple[str, str | None, str]]) -> None:
    candidates = [Candidate(i, *row) for i, row in enumerate(rows, 2)]
    whole = judge(candidates, [], {}, BEKASI)
    taken: list[Candidate] = []
    piecewise: dict[int, Verdict] = {}
    for candidate in candidates:
        found = judge([candidate], taken, {}, BEKASI)
        piecewise |= found
        taken += [candidate] if found[candidate.row] in (Verdict.STAGE, Verdict.SAME) else []
    assert piecewise == whole


def test_a_person_is_identified_by_card_name_and_birth_date() -> None:
    one = person_text("3275030101100002", "Siti  Aminah", "1980-03-12")
    assert one == person_text("3275030101100002", "SITI AMINAH.", "1980-03-12")
    assert one != person_text("3275030101100002", "SITI AMINAH", "1980-03-13")
    assert person_text(None, "SITI AMINAH", "1980-03-12") is None
