"""SMS webhooks: each adapter, forged and stale signatures, and endpoints that are closed."""

import base64
import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import Request

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Unauthenticated
from amanah.contracts.message import Request as Ask
from amanah.contracts.sms import SMS_GATEWAY, ReceiveSms, SmsReply
from gateway.sms.adapters import Signed, signature, twilio_signature
from gateway.sms.message import InboundSms
from tests.unit.gateway.conftest import Answer, Built, House

SECRET = "a-secret-of-an-sms-gateway"
SETTINGS = {
    "sms_secret": SECRET, "sms_twilio_token": SECRET, "sms_kannel_secret": SECRET, "sms_rapidpro_token": SECRET,
}  # fmt: skip
SAID = {
    "id": "m-1",
    "from": "+6281234567890",
    "to": "2929",
    "text": "BANTUAN",
    "received_at": "2026-11-24T10:00:00+07:00",
}
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
FORM = {"MessageSid": "SM1", "From": "+6281234567890", "To": "+6221555", "Body": "LAPOR 7K3M9QW2X1C beras & gula"}


@pytest.fixture
def house(build: Built) -> House:
    """Doors that are open; distribution answers with a help text."""
    made = build(**SETTINGS)
    made.owners.answers[ReceiveSms] = SmsReply(text="Ketik <kode> & kirim")
    return made


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers of a signed message."""
    stamp = str(int(time.time() if at is None else at))
    return {"amanah_timestamp": stamp, "amanah_signature": f"v1={signature(secret, stamp, body)}"}


def asked(house: House) -> ReceiveSms:
    """The one request that distribution got."""
    (ask,) = house.owners.asked
    assert isinstance(ask, ReceiveSms)
    return ask


class TestSigned:
    async def send(self, house: House, said: Any = SAID, **headers: str) -> Answer:
        body = json.dumps(said).encode()
        return await house.send("POST", "/sms/inbound", body, token=None, **(headers or signed(body)))

    async def test_a_signed_message_is_passed_on_and_answered(self, house: House) -> None:
        answer = await self.send(house)
        assert (answer.status, answer.json) == (
            200, {"id": "m-1", "to": "+6281234567890", "reply": "Ketik <kode> & kirim"},
        )  # fmt: skip
        ask = asked(house)
        assert (ask.gateway, ask.id, ask.sender, ask.recipient, ask.text, ask.received_at) == (
            "http", "m-1", "+6281234567890", "2929", "BANTUAN", AT,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("code", "forge"),
        [
            ("signature_invalid", lambda body: {}),
            ("signature_invalid", lambda body: signed(body, secret="another-secret-of-some-length")),
            ("signature_invalid", lambda body: signed(body + b" ")),
            ("signature_invalid", lambda body: signed(body) | {"amanah_timestamp": "1"}),
            ("signature_invalid", lambda body: signed(body) | {"amanah_signature": "v1="}),
            ("signature_invalid", lambda body: signed(body) | {"amanah_signature": "\u00e9"}),
            ("timestamp_stale", lambda body: signed(body, at=time.time() - 400)),
            ("timestamp_stale", lambda body: signed(body, at=time.time() + 400)),
        ],
    )
    async def test_what_is_not_signed_now_is_refused_on_the_audit_trail(
        self, house: House, code: str, forge: Callable[[bytes], dict[str, str]]
    ) -> None:
        body = json.dumps(SAID).encode()
        answer = await house.send("POST", "/sms/inbound", body, token=None, **forge(body))
        assert (answer.status, answer.json["code"]) == (401, code)
        assert house.visits.refusals == [code]
        assert house.owners.asked == []

    async def test_a_timestamp_that_is_signed_but_no_number(self, house: House) -> None:
        body = json.dumps(SAID).encode()
        forged = {"amanah_timestamp": "now", "amanah_signature": f"v1={signature(SECRET, 'now', body)}"}
        answer = await house.send("POST", "/sms/inbound", body, token=None, **forged)
        assert answer.json["code"] == "timestamp_stale"

    @pytest.mark.parametrize(("age", "good"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)])
    def test_the_window_is_as_wide_as_is_set(self, age: int, good: bool) -> None:
        stamp = str(1_000_000 - age)
        headers = [
            (b"amanah-timestamp", stamp.encode()),
            (b"amanah-signature", f"v1={signature(SECRET, stamp, b'')}".encode()),
        ]
        request = Request({"type": "http", "headers": headers})
        with nullcontext() if good else pytest.raises(Unauthenticated):
            Signed(SECRET, 300, lambda: 1_000_000.0).check(request, b"")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"id": ""}, "id"),
            ({"from": None}, "from"),
            ({"received_at": "yesterday"}, "received_at"),
            ({"received_at": "2026-11-24T10:00:00"}, "received_at"),
            ({"text": "x" * 3000}, "text"),
            ({"from": "1" * 60}, "sender"),
        ],
    )
    async def test_what_is_no_message_says_why(self, house: House, changes: dict[str, Any], field: str) -> None:
        answer = await self.send(house, SAID | changes)
        assert (answer.status, answer.json["code"], answer.json["field"]) == (400, "bad_input", field)
        assert house.owners.asked == []

    @pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"hello"])
    async def test_what_is_no_json(self, house: House, body: bytes) -> None:
        answer = await house.send("POST", "/sms/inbound", body, token=None, **signed(body))
        assert (answer.status, answer.json["code"]) == (400, "not_json")

    async def test_what_is_too_long(self, house: House) -> None:
        body = b"x" * 70_000
        assert (await house.send("POST", "/sms/inbound", body, token=None, **signed(body))).status == 413

    async def test_nothing_to_say(self, house: House) -> None:
        house.owners.answers[ReceiveSms] = SmsReply()
        assert (await self.send(house)).json["reply"] is None


class TestTwilio:
    async def send(self, house: House, form: dict[str, str] = FORM, query: str = "", mark: str | None = None) -> Answer:
        good = twilio_signature(SECRET, f"https://amanah.test/sms/twilio{query}", form.items())
        return await house.send(
            "POST", f"/sms/twilio{query}", urlencode(form).encode(), token=None,
            x_twilio_signature=good if mark is None else mark,
        )  # fmt: skip

    async def test_a_form_is_answered_with_twiml(self, house: House) -> None:
        answer = await self.send(house)
        assert answer.headers["content-type"] == "application/xml"
        assert answer.body.decode().endswith("<Response><Message>Ketik &lt;kode&gt; &amp; kirim</Message></Response>")
        ask = asked(house)
        assert (ask.gateway, ask.id, ask.text) == ("twilio", "SM1", FORM["Body"])

    async def test_the_query_is_signed_too(self, house: House) -> None:
        assert (await self.send(house, query="?x=1")).status == 200

    async def test_nothing_to_say(self, house: House) -> None:
        house.owners.answers[ReceiveSms] = SmsReply()
        assert (await self.send(house)).body.endswith(b"<Response></Response>")

    @pytest.mark.parametrize("mark", ["", "AAAA", base64.b64encode(b"x" * 20).decode()])
    async def test_a_forged_form_is_refused(self, house: House, mark: str) -> None:
        answer = await self.send(house, mark=mark)
        assert (answer.status, answer.json["code"]) == (401, "signature_invalid")
        assert house.owners.asked == []

    async def test_a_changed_form_is_refused(self, house: House) -> None:
        good = twilio_signature(SECRET, "https://amanah.test/sms/twilio", FORM.items())
        body = urlencode(FORM | {"From": "+6281111111111"}).encode()
        answer = await house.send("POST", "/sms/twilio", body, token=None, x_twilio_signature=good)
        assert answer.status == 401

    def test_the_signature_is_twilios(self) -> None:
        """The example of Twilio's documentation on request validation."""
        form = {
            "CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030",
            "To": "+18005551212",
        }  # fmt: skip
        url = "https://mycompany.com/myapp.php?foo=1&bar=2"
        assert twilio_signature("12345", url, form.items()) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


class TestKannel:
    def path(self, **changes: str) -> str:
        said = {"id": "k-1", "from": "081234567890", "to": "2929", "text": "BANTUAN", "time": "1795489200"}
        return "/sms/kannel?" + urlencode(said | {"secret": SECRET} | changes)

    async def test_the_answer_is_the_reply(self, house: House) -> None:
        answer = await house.send("GET", self.path(), token=None)
        assert (answer.status, answer.body) == (200, b"Ketik <kode> & kirim")
        assert answer.headers["content-type"].startswith("text/plain")
        ask = asked(house)
        assert (ask.gateway, ask.id, ask.sender, ask.received_at) == ("kannel", "k-1", "081234567890", AT)

    @pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "\u00e9"])
    async def test_another_secret_is_refused(self, house: House, secret: str) -> None:
        assert (await house.send("GET", self.path(secret=secret), token=None)).status == 401
        assert house.owners.asked == []

    async def test_nothing_to_say(self, house: House) -> None:
        house.owners.answers[ReceiveSms] = SmsReply()
        assert (await house.send("GET", self.path(), token=None)).body == b""


FLOW = {
    "contact": {"uuid": "c", "name": "x", "urn": "tel:+6281234567890"},
    "input": {"uuid": "i-1", "text": "BANTUAN", "created_on": "2026-11-24T03:00:00.000000+00:00"},
    "channel": {"address": "2929"},
}


class TestRapidPro:
    async def send(self, house: House, body: bytes, kind: str, token: str = SECRET) -> Answer:
        return await house.send(
            "POST", "/sms/rapidpro", body, token=None, content_type=kind, authorization=f"Token {token}"
        )

    @pytest.mark.parametrize(
        ("body", "kind", "identifier"),
        [
            (json.dumps(FLOW).encode(), "application/json", "i-1"),
            (json.dumps(SAID).encode(), "application/json; charset=utf-8", "m-1"),
            (
                urlencode({
                    "event": "mo_sms", "sms": "77", "phone": "+6281234567890", "relayer_phone": "2929",
                    "text": "BANTUAN", "time": "2026-11-24T03:00:00.000000Z",
                }).encode(),
                "application/x-www-form-urlencoded",
                "77",
            ),
        ],
    )  # fmt: skip
    async def test_flows_and_the_channel_webhook(self, house: House, body: bytes, kind: str, identifier: str) -> None:
        answer = await self.send(house, body, kind)
        assert answer.json == {
            "reply": "Ketik <kode> & kirim", "phone": ["+6281234567890"], "text": "Ketik <kode> & kirim",
        }  # fmt: skip
        ask = asked(house)
        assert (ask.gateway, ask.id, ask.sender, ask.recipient, ask.text, ask.received_at) == (
            "rapidpro", identifier, "+6281234567890", "2929", "BANTUAN", AT,
        )  # fmt: skip

    @pytest.mark.parametrize("token", ["", "wrong", SECRET[:-1]])
    async def test_another_token_is_refused(self, house: House, token: str) -> None:
        answer = await self.send(house, json.dumps(FLOW).encode(), "application/json", token)
        assert (answer.status, answer.json["code"]) == (401, "signature_invalid")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/sms/inbound"), ("POST", "/sms/twilio"), ("GET", "/sms/kannel?secret="), ("POST", "/sms/rapidpro")],
)
async def test_endpoints_without_a_secret_answer_404(build: Built, method: str, path: str) -> None:
    house = build()
    headers = signed(b"{}", secret="") | {"authorization": "Token "}
    assert (await house.send(method, path, b"{}", token=None, **headers)).status == 404
    assert house.visits.refusals == []


async def test_who_guesses_the_secret_has_a_budget(build: Built) -> None:
    house = build(**SETTINGS, anonymous_rate="3/minute")
    found = [(await house.send("POST", "/sms/inbound", b"{}", token=None)).status for _ in range(5)]
    assert found == [401, 401, 401, 429, 429]


async def test_messages_are_handed_in_as_the_door_and_as_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker: list[str] = []
    call = house.owners.call

    async def remembering(ask: Ask[Any], actor: Actor) -> Any:
        asker.append(actor.id)
        return await call(ask, actor)

    monkeypatch.setattr(house.owners, "call", remembering)
    body = json.dumps(SAID).encode()
    await house.send("POST", "/sms/inbound", body, token=None, **signed(body))
    assert asker == [SMS_GATEWAY.id]
    assert InboundSms("1", "2", "3", "4").received_at is None
