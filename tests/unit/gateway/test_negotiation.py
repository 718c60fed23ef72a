"""Media types and versions of partners' requests, as their headers name them."""

import pytest
from starlette.datastructures import Headers

from amanah.contracts.errors import BadInput
from gateway.partners.negotiation import JSON_TYPES, accepted_type, check_epc_format, check_versions, media_type_of

JSON, LD_JSON = JSON_TYPES


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/ld+json", LD_JSON),
        ("application/json;q=0.5, application/ld+json", LD_JSON),
        ("text/html, application/ld+json;q=0.1, */*;q=0.8", JSON),
        ("Application/JSON", JSON),
        ("application/json;q=0, */*", LD_JSON),
        ("text/html", None),
        ("application/json;q=0, application/ld+json;q=0, */*", None),
        ("application/json;q=loud", None),
    ],
)
def test_the_answer_has_the_preferred_media_type(accept: str | None, media_type: str | None) -> None:
    headers = Headers({"accept": accept} if accept else {})
    if media_type:
        assert accepted_type(headers) == media_type
    else:
        with pytest.raises(BadInput, match="application/json, application/ld"):
            accepted_type(headers)


@pytest.mark.parametrize(
    ("content_type", "media_type"),
    [
        (None, JSON),
        ("application/json", JSON),
        ("Application/LD+JSON ; profile=x", LD_JSON),
        ('application/json; charset="UTF-8"', JSON),
        ("application/json; charset=latin1", None),
        ("application/xml", None),
        ("", None),
    ],
)
def test_the_media_type_of_a_body(content_type: str | None, media_type: str | None) -> None:
    headers = Headers({} if content_type is None else {"content-type": content_type})
    if media_type:
        assert media_type_of(headers, JSON_TYPES) == media_type
    else:
        with pytest.raises(BadInput):
            media_type_of(headers, JSON_TYPES)


@pytest.mark.parametrize(
    ("name", "fits", "fails"),
    [
        ("GS1-EPCIS-Version", ["2", "2.0", "2.0.0", "2.0.1"], ["1.2", "2.1", "3.0", "two", "2.0; drop"]),
        ("GS1-CBV-Version", ["2.0"], ["1.2", "latest"]),
        ("GS1-EPCIS-Min", ["1.0", "1.2", "2.0"], ["2.1", "3", "x"]),
        ("GS1-EPCIS-Max", ["2.0", "2.1", "3"], ["1.2", "x"]),
        ("GS1-CBV-Min", ["1.2"], ["2.1"]),
        ("GS1-CBV-Max", ["2.0"], ["1.2.1"]),
    ],
)
def test_versions(name: str, fits: list[str], fails: list[str]) -> None:
    for value in fits:
        check_versions(Headers({name: value}))
    for value in fails:
        with pytest.raises(BadInput) as refused:
            check_versions(Headers({name: value}))
        assert (refused.value.code, refused.value.field) == ("version_unsupported", name)


def test_older_versions_are_those_of_xml() -> None:
    check_versions(Headers({"GS1-EPCIS-Version": "1.2", "GS1-CBV-Version": "1.2"}), older=True)
    with pytest.raises(BadInput):
        check_versions(Headers({"GS1-EPCIS-Version": "1.3"}), older=True)


@pytest.mark.parametrize(
    ("wanted", "fits"), [("Never_Translates", True), ("No_Preference", True), ("Always_EPC_URN", False)]
)
def test_epcs_are_not_translated(wanted: str, fits: bool) -> None:
    if fits:
        check_epc_format(Headers({"GS1-EPC-Format": wanted}))
    else:
        with pytest.raises(BadInput, match="Never_Translates"):
            check_epc_format(Headers({"GS1-EPC-Format": wanted}))
