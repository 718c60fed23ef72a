"""The token endpoint for partners, and signed requests, before an owner that knows one partner's secrets."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from amanah.contracts.errors import Forbidden, Unauthenticated
from amanah.contracts.ids import new_id
from amanah.contracts.partners import AuthenticatePartner, PartnerIdentity
from gateway.partners.hmac import PartnerAuthenticator
from gateway.problems import with_problems
from gateway.settings import GatewaySettings
from tests.unit.gateway.conftest import Answer, House, Owners

PARTNER = new_id("ptn")
SECRET = "a secret: of+a&partner"
FORM = "application/x-www-form-urlencoded"
NOW = 1_800_000_000


def authenticate(ask: AuthenticatePartner) -> PartnerIdentity:
    """The owner's answer: it knows one partner, whose key of signatures is SECRET, too."""
    if ask.signature is not None:
        digest = hmac.new(SECRET.encode(), ask.signature.signed(), hashlib.sha256).hexdigest()
        if ask.partner_id != PARTNER or ask.signature.signature != f"v1={digest}":
            raise Unauthenticated("signature_invalid.partner")
    elif (ask.partner_id, ask.secret) != (PARTNER, SECRET):
        raise Unauthenticated("client_invalid")
    return PartnerIdentity(id=PARTNER, name="PT Angkut", area="32.01")


@pytest.fixture
def owners() -> Owners:
    made = Owners()
    made.answers[AuthenticatePartner] = authenticate
    return made


@pytest.fixture
def house(tmp_path: Path, owners: Owners) -> House:
    return House(tmp_path, owners)


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(urlencode({name: secret}).replace("=", ":", 1).encode()).decode()


async def ask(house: House, form: dict[str, str] | str, **headers: str) -> Answer:
    body = form if isinstance(form, str) else urlencode(form)
    headers.setdefault("content_type", FORM)
    return await house.send("POST", "/oauth2/token", body.encode(), token=None, **headers)


GRANT = {"grant_type": "client_credentials"}
IN_FORM = GRANT | {"client_id": PARTNER, "client_secret": SECRET}


async def test_a_client_gets_a_token_by_basic_or_by_the_form(house: House) -> None:
    for answer in (await ask(house, IN_FORM), await ask(house, GRANT, authorization=basic(PARTNER, SECRET))):
        assert (answer.status, answer.headers["cache-control"], answer.headers["pragma"]) == (
            200,
            "no-store",
            "no-cache",
        )
        assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
        claims = house.verifier.verify(answer.json["access_token"])
        assert (claims.subject, claims.name) == (PARTNER, "PT Angkut")
        assert [(g.role, g.area) for g in claims.grants] == [("LOGISTICS", "32.01")]
    assert house.visits.refusals == []


async def test_the_keys_are_published(house: House) -> None:
    answer = await house.send("GET", "/oauth2/jwks", token=None)
    assert answer.status == 200
    (key,) = answer.json["keys"]
    assert (key["kty"], key["crv"], "d" in key) == ("OKP", "Ed25519", False)


@pytest.mark.parametrize(
    "form",
    [
        IN_FORM | {"client_secret": "guess"},
        IN_FORM | {"client_id": "ptn_nobody"},
        IN_FORM | {"client_id": "", "client_secret": ""},
        IN_FORM | {"client_secret": "x" * 5000},
    ],
)
async def test_a_wrong_secret_is_refused_and_noted(house: House, form: dict[str, str]) -> None:
    answer = await ask(house, form)
    assert (answer.status, answer.json["error"], answer.json["code"]) == (401, "invalid_client", "client_invalid")
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert house.visits.refusals == ["client_invalid"]


@pytest.mark.parametrize("header", ["Basic !!!", "Bearer abc", "Basic " + base64.b64encode(b"\xff:\xff").decode()])
async def test_a_header_that_names_no_client_is_refused(house: House, header: str) -> None:
    answer = await ask(house, GRANT, authorization=header)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


async def test_a_request_that_is_none_is_told_so(house: House) -> None:
    json_type = "application/json"
    for form, headers, error in (
        (IN_FORM | {"grant_type": "password"}, {}, "unsupported_grant_type"),
        (IN_FORM, {"authorization": basic(PARTNER, SECRET)}, "invalid_request"),
        (GRANT | {"client_id": "ptn_other"}, {"authorization": basic(PARTNER, SECRET)}, "invalid_request"),
        (IN_FORM, {"content_type": json_type}, "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", {}, "invalid_request"),
    ):
        answer = await ask(house, form, **headers)
        assert (answer.status, answer.json["error"]) == (400, error), (form, headers)
        assert answer.json["error_description"]
    assert (await ask(house, GRANT)).json["error"] == "invalid_client"
    assert (await ask(house, "x" * 9000)).status == 413


async def test_a_suspended_client_is_told_why(house: House, owners: Owners) -> None:
    owners.answers[AuthenticatePartner] = Forbidden("partner_suspended", reason="The contract ended")
    answer = await ask(house, IN_FORM)
    assert (answer.status, answer.json["error"]) == (403, "unauthorized_client")
    assert (answer.json["code"], "The contract ended" in answer.json["error_description"]) == (
        "partner_suspended",
        True,
    )


async def test_one_address_may_not_guess_for_long(tmp_path: Path, owners: Owners) -> None:
    house = House(tmp_path, owners, anonymous_rate="4/minute")
    statuses = [(await ask(house, IN_FORM | {"client_secret": str(n)})).status for n in range(4)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert (await ask(house, IN_FORM)).status == 429


class Signed:
    """A signed request, of which a test changes what it wants."""

    def __init__(
        self, body: bytes = b"{}", method: str = "POST", path: str = "/events?a=1", at: int = NOW, nonce: str = ""
    ) -> None:
        self.body, self.method, self.path = body, method, path
        self.headers = {"amanah_partner": PARTNER, "amanah_timestamp": str(at), "amanah_nonce": nonce or new_id("evt")}
        self.sign()

    def sign(self, key: str = SECRET) -> "Signed":
        """Signs as docs/partners/accounts.md says."""
        sha256 = hashlib.sha256(self.body).hexdigest()
        lines = (self.headers["amanah_timestamp"], self.headers["amanah_nonce"], self.method, self.path, sha256)
        self.headers["amanah_signature"] = (
            "v1=" + hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
        )
        return self


@pytest.fixture
def send(house: House, owners: Owners) -> Callable[[Signed], Any]:
    """Sends a signed request to an endpoint that answers who came."""
    partners = PartnerAuthenticator(house.authenticator, owners, GatewaySettings(), now=lambda: NOW)

    async def events(request: Request) -> Response:
        actor = await partners.authenticate_partner(request, await request.body())
        return JSONResponse({"id": actor.id, "roles": [g.role for g in actor.grants], "session": actor.session})

    house.app = Starlette(routes=[Route("/events", with_problems(events), methods=["GET", "POST"])])

    async def answer(signed: Signed, token: str | None = None) -> Answer:
        return await house.send(signed.method, signed.path, signed.body, token=token, **signed.headers)

    return answer


async def test_a_signed_request_is_the_partners(send: Any, house: House) -> None:
    for signed in (Signed(), Signed(body=b"", method="GET"), Signed(path="/events"), Signed(at=NOW - 299)):
        answer = await send(signed)
        assert (answer.status, answer.json["id"], answer.json["roles"]) == (200, PARTNER, ["LOGISTICS"])
    assert set(house.visits.sessions) == {f"{PARTNER}:2027-01-15"}


async def test_a_signature_is_accepted_once(send: Any, house: House) -> None:
    signed = Signed()
    assert [(await send(signed)).status for _ in range(3)] == [200, 401, 401]
    assert house.visits.refusals == ["signature_replayed"] * 2
    # Another body under the same nonce is a repeat as well.
    other = Signed(body=b"[]", nonce=signed.headers["amanah_nonce"])
    assert (await send(other)).json["code"] == "signature_replayed"


@pytest.mark.parametrize("at", [NOW - 301, NOW + 301, 0])
async def test_a_signature_is_valid_for_five_minutes(send: Any, at: int) -> None:
    answer = await send(Signed(at=at))
    assert (answer.status, answer.json["code"]) == (401, "timestamp_stale")


async def test_what_is_not_signed_is_refused(send: Any, house: House) -> None:
    def changed(**headers: str) -> Signed:
        signed = Signed()
        signed.headers |= headers
        return signed

    other_body, other_path = Signed(), Signed()
    other_body.body, other_path.path = b"[]", "/events?a=2"
    forged = [
        other_body, other_path, Signed().sign("guess"), changed(amanah_timestamp=str(NOW + 1)), changed(amanah_nonce="n" * 8),
        changed(amanah_partner=new_id("ptn")), changed(amanah_nonce="short"), changed(amanah_nonce="a\nb" + "n" * 8),
        changed(amanah_timestamp="now"), changed(amanah_partner=""), changed(amanah_signature="v1="),
    ]  # fmt: skip
    for number, signed in enumerate(forged):
        answer = await send(signed)
        assert (answer.status, answer.json["code"]) == (401, "signature_invalid"), number
    assert house.visits.refusals == ["signature_invalid"] * len(forged)
    assert house.visits.sessions == []


async def test_without_a_signature_a_token_counts(send: Any, house: House) -> None:
    unsigned = Signed()
    unsigned.headers = {}
    answer = await send(unsigned, house.token("PT Angkut"))
    assert answer.status == 200
    assert answer.json["id"].startswith("usr_")
    assert json.loads((await send(unsigned)).body)["code"] == "token_missing"


PAGE = Path(__file__).parents[3] / "docs" / "partners" / "accounts.md"


async def test_the_pages_example_signature_is_right() -> None:
    lines = ("1800000000", "example-nonce-1", "POST", "/partners/v1/capture", hashlib.sha256(b"{}").hexdigest())
    digest = hmac.new(b"example-key", "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    assert f"    v1={digest}\n" in PAGE.read_text()


async def test_the_pages_commands_sign_a_request(send: Any, tmp_path: Path) -> None:
    """Runs the page's shell commands up to `curl`, and sends what they signed."""
    (script,) = (block for block in PAGE.read_text().split("```sh\n") if block.startswith("at="))
    signing = script.partition("curl")[0].replace("/partners/v1/capture", "/events")
    (tmp_path / "shipment.json").write_text('{"a": 1}')
    done = subprocess.run(
        ["bash", "-euc", signing + 'echo "$at $nonce $signature"'],
        cwd=tmp_path, env={**os.environ, "KEY": SECRET}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    at, nonce, signature = done.stdout.split()
    request = Signed(body=b'{"a": 1}', path="/events")
    request.headers |= {"amanah_timestamp": at, "amanah_nonce": nonce, "amanah_signature": f"v1={signature}"}
    # The signature is right; the time of this test's clock is another.
    assert (await send(request)).json["code"] == "timestamp_stale"
