"""Documents in XML and CSV, and compressed ones, become the same events as JSON."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import cramjam
import pytest

from services.distribution.custody.documents import PACKAGES
from tests.integration.gateway.partners.conftest import BASE, Partner, listed
from tests.integration.gateway.partners.documents import package
from tests.integration.gateway.partners.test_capture import NOW, OURS, document, event

XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="{NOW}">
  <EPCISBody><EventList><ObjectEvent>
    <eventTime>{NOW}</eventTime><eventTimeZoneOffset>+07:00</eventTimeZoneOffset>
    <eventID>urn:uuid:1</eventID>
    <epcList><epc>urn:amanah:package:PKT-1</epc></epcList>
    <action>OBSERVE</action><bizStep>urn:epcglobal:cbv:bizstep:holding</bizStep>
  </ObjectEvent></EventList></EPCISBody>
</epcis:EPCISDocument>
""".encode()


@pytest.fixture(autouse=True)
async def _packages(street: Any) -> None:
    await street.runtime.database("distribution")[PACKAGES].insert(package("pkg_1", "PKT-1"))


@pytest.mark.parametrize("base", [BASE, OURS])
@pytest.mark.parametrize("media_type", ["application/xml", "text/xml; charset=UTF-8"])
async def test_xml(partner: Partner, base: str, media_type: str) -> None:
    status, _, job = await partner.request("POST", "/capture", XML, base=base, content_type=media_type)
    assert (status, job["success"]) == (202, True)
    _, _, found = await partner.get("/epcs/urn:amanah:package:PKT-1/events")
    (kept,) = listed(found)
    assert (kept["type"], kept["eventID"], kept["bizStep"]) == ("ObjectEvent", "urn:uuid:1", "holding")


@pytest.mark.parametrize(
    ("body", "media_type", "code"),
    [(b"<not xml", "application/xml", "not_xml"), (b"colour;size\nred;9\n", "text/csv", "not_csv")],
)
async def test_what_is_not_of_its_media_type_is_a_problem(
    partner: Partner, body: bytes, media_type: str, code: str
) -> None:
    for base in (BASE, OURS):
        status, _, problem = await partner.request("POST", "/capture", body, base=base, content_type=media_type)
        assert (status, problem["code"]) == (400, code)


async def test_every_coding(partner: Partner) -> None:
    codings: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
    }
    for number, (coding, compress) in enumerate(codings.items()):
        body = compress(json.dumps(document(event(number))).encode())
        status, _, job = await partner.request("POST", "/capture", body, content_encoding=coding)
        assert (coding, status, job["success"]) == (coding, 202, True)
    assert len(await partner.events()) == len(codings)
