"""Exact duplicates on a list and between a list and the register. Pure.

Two keys identify a person: the NIK, and family card, name and birth date together. Callers pass blind indexes of both, so
that no rule here sees a number. Likely duplicates, with similar names, are not detected.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from amanah.contracts.areas import Scope


def person_text(household_number: str | None, name: str, birth_date: str) -> str | None:
    """The text that is equal for one person under two NIKs; None without a family card.

    It holds personal data: store its keyed hash only.
    """
    if not household_number:
        return None
    return f"{household_number}|{re.sub(r'[^A-Z0-9]', '', name.upper())}|{birth_date}"


@dataclass(frozen=True)
class Candidate:
    """A row without problems of its own. `nik`, `person` and `content` (all of its fields) are blind indexes."""

    row: int
    nik: str
    person: str | None
    content: str


@dataclass(frozen=True)
class RegisteredPerson:
    """The recipient on the register with a candidate's NIK."""

    area: str
    content: str


class Verdict(StrEnum):
    """Outcome for a row. All but STAGE and SAME are error codes of problems."""

    STAGE = "stage"
    SAME = "same"
    NIK_REPEATED = "nik_repeated"
    PERSON_REPEATED = "person_repeated"
    REGISTERED_ELSEWHERE = "registered_elsewhere"


def judge(
    candidates: Iterable[Candidate],
    earlier: Iterable[Candidate],
    registered: Mapping[str, RegisteredPerson],
    within: Scope,
) -> dict[int, Verdict]:
    """The verdict on each row. Of rows that repeat each other the first one counts.

    `earlier` are accepted rows of the same list, from earlier batches, that share a key with a candidate; `registered` is
    the register by NIK. A list cannot change a person who is registered outside of `within`.
    """
    content_of = {e.nik: e.content for e in earlier}
    nik_of = {e.person: e.nik for e in earlier if e.person}
    verdicts = {}
    for candidate in candidates:
        verdict = _verdict(candidate, content_of, nik_of, registered.get(candidate.nik), within)
        verdicts[candidate.row] = verdict
        if verdict in (Verdict.STAGE, Verdict.SAME):
            content_of.setdefault(candidate.nik, candidate.content)
            if candidate.person:
                nik_of.setdefault(candidate.person, candidate.nik)
    return verdicts


def _verdict(
    candidate: Candidate,
    content_of: Mapping[str, str],
    nik_of: Mapping[str, str],
    registered: RegisteredPerson | None,
    within: Scope,
) -> Verdict:
    if candidate.nik in content_of:
        return Verdict.SAME if content_of[candidate.nik] == candidate.content else Verdict.NIK_REPEATED
    if candidate.person and candidate.person in nik_of:
        return Verdict.PERSON_REPEATED
    if registered is None:
        return Verdict.STAGE
    if not within.covers(registered.area):
        return Verdict.REGISTERED_ELSEWHERE
    return Verdict.SAME if registered.content == candidate.content else Verdict.STAGE
