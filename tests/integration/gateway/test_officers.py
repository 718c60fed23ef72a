"""The officers whom a supervisor may assign: known since they signed in, where they are officers, while their token holds."""

from typing import Any

import pytest

from tests.integration.gateway.conftest import Street

LIST = """query Officers($area: AreaCode, $first: Int, $after: String) {
    officers(area: $area, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id name } } }"""
VIEWER = "{ viewer { id } }"


@pytest.fixture
async def known(street: Street) -> dict[str, str]:
    """Officers of three places and a supervisor, by name."""
    found = {}
    people = [
        ("Budi", "OFFICER", "32.01.05"), ("Ani", "OFFICER", "32.01.05.2001"), ("Citra", "OFFICER", "32.01.06"),
        ("Dedi", "OFFICER", "33"), ("Eka", "AUDITOR", "32.01.05"),
    ]  # fmt: skip
    for name, role, area in people:
        _, body = await street.graphql(street.token(name, role, area), VIEWER)
        found[body["data"]["viewer"]["id"]] = name
    return found


async def names(street: Street, token: str, **variables: Any) -> list[str]:
    """The names that are listed, page by page of one, which must agree with the total."""
    seen: list[str] = []
    after, more = None, True
    while more:
        _, body = await street.graphql(token, LIST, first=1, after=after, **variables)
        page = body["data"]["officers"]
        seen += [officer["name"] for officer in page["nodes"]]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
        assert after not in seen, "no name stands in a cursor"
    assert page["totalCount"] == len(seen)
    return seen


async def test_officers_are_listed_by_name_where_they_may_work(street: Street, known: dict[str, str]) -> None:
    everywhere = street.token("Sari", "ADMIN", "ID")
    assert await names(street, everywhere) == ["Ani", "Budi", "Citra", "Dedi"]
    assert await names(street, everywhere, area="32.01.05") == ["Ani", "Budi"]
    assert await names(street, everywhere, area="32.01.05.2002") == ["Budi"], (
        "the district's officer works in its villages"
    )
    assert await names(street, everywhere, area="34") == []
    regency = street.token("Ratna", "SUPERVISOR", "32.01")
    assert await names(street, regency) == ["Ani", "Budi", "Citra"]
    assert await names(street, regency, area="33") == [], "what lies elsewhere is not there"
    assert await names(street, regency, area="32") == ["Ani", "Budi", "Citra"]


async def test_an_officer_whose_token_has_ended_is_not_listed(street: Street, known: dict[str, str]) -> None:
    db = street.runtime.database("gateway")
    budi = next(i for i, name in known.items() if name == "Budi")
    user = await db["users"].get({"_id": budi})
    assert user
    grants = [grant | {"until": user["since"]} for grant in user["grants"]]
    await db["users"].update({"_id": budi}, {"$set": {"grants": grants}})
    assert await names(street, street.token("Ratna", "SUPERVISOR", "32.01.05")) == ["Ani"]


async def test_a_cursor_of_nobody_is_refused(street: Street, known: dict[str, str]) -> None:
    _, body = await street.graphql(street.token("Ratna", "SUPERVISOR", "32.01"), LIST, after="usr_nobody")
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert body["errors"][0]["extensions"]["field"] == "after"
