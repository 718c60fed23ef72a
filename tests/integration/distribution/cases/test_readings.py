"""Reads of cases are on the audit trail, whoever they are of."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.cases import GetCases, ListCaseEvents, ListCases
from amanah.contracts.message import Request
from tests.integration.distribution.readings import VILLAGE, Readings


@pytest.mark.parametrize("anonymous", [True, False])
async def test_a_case_of_no_known_recipient_is_named_itself(readings: Readings, anonymous: bool) -> None:
    case = await readings.filed(anonymous=anonymous)
    asked: list[Request[Any]] = [
        ListCases(), GetCases(ids=(case.id,)), ListCaseEvents(case_ids=(case.id,)),
    ]  # fmt: skip
    for ask in asked:
        assert await readings.noted(ask) == [[case.id]]
    assert readings.resident.id not in json.dumps(await readings.entries())


async def test_an_anonymous_case_does_not_name_whose_entitlement_it_is_about(readings: Readings) -> None:
    handed = await readings.delivered()
    case = await readings.filed(entitlement_id=handed.entitlement.id, anonymous=True)
    for ask in (GetCases(ids=(case.id,)), ListCaseEvents(case_ids=(case.id,))):
        assert await readings.noted(ask) == [[case.id]]


async def test_who_is_complained_of_reads_on_the_trail_too(readings: Readings, person: Callable[..., Actor]) -> None:
    case = await readings.filed(anonymous=True)
    accused = person("Lurah", SUPERVISOR=VILLAGE)
    assert await readings.noted(ListCases(), by=accused) == [[case.id]]


async def test_a_page_of_cases_is_one_entry_and_ones_own_are_none(readings: Readings) -> None:
    handed = await readings.delivered()
    named = await readings.filed(entitlement_id=handed.entitlement.id)
    hidden = await readings.filed(anonymous=True)
    assert await readings.noted(ListCases()) == [[hidden.id, handed.entitlement.recipient_id]]
    for ask in (ListCases(), ListCaseEvents(case_ids=(named.id,))):
        assert await readings.noted(ask, by=readings.resident) == []
