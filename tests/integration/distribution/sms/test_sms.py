"""SMS on the real stores: codes, confirmations, complaints, limits, and data that is never stored."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Forbidden, NotFound, Unavailable
from amanah.contracts.sms import SMS_GATEWAY, ListConfirmationCodes, ReceiveSms
from amanah.contracts.topics import AUDIT_ENTRIES, DISTRIBUTION
from amanah.runtime.tables import Document
from services.distribution.cases.documents import CASE_EVENTS, CASES
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.messages.commands import queue, send_waiting
from services.distribution.messages.documents import OUTGOING_MESSAGES
from services.distribution.rounds.commands.codes import list_confirmation_codes
from services.distribution.rounds.confirmation_codes import code_of
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.rounds.rules.codes import check_character, printed
from services.distribution.sms.commands import confirm_early, receive_sms
from services.distribution.sms.documents import SMS_ATTEMPTS, SMS_LOG
from services.distribution.sms.rules import Reply
from tests.integration.distribution.scene import Scene

VILLAGE = "32.01.05.2001"
NUMBER = "081234567890"


class Phones:
    """A scene, and people who write to it."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.store = scene, scene.store

    async def send(self, text: str, sender: str = NUMBER, message_id: str | None = None, gateway: str = "http") -> Any:
        """The reply to a message."""
        ask = ReceiveSms(
            gateway=gateway, id=message_id or uuid.uuid4().hex, sender=sender, recipient="2929", text=text,
            received_at=datetime.now(UTC),
        )  # fmt: skip
        return (await receive_sms(self.store, SMS_GATEWAY, ask)).text

    async def entitlement(self, recipient: int = 0) -> Document:
        """The entitlement of a recipient."""
        return dict(await self.scene.one(ENTITLEMENTS, {"recipient": self.scene.recipients[recipient]}))

    async def code(self, recipient: int = 0) -> str:
        """The code of a recipient."""
        return code_of(self.store.keys, (await self.entitlement(recipient))["_id"])

    async def hand_over(self, recipient: int = 0) -> None:
        """A handover is recorded."""
        await self.scene.answer(self.scene.officer, await self.scene.handover(recipient))

    async def told(self, noun: str) -> list[dict[str, Any]]:
        """The events about `noun` so far."""
        kind = f"id.amanah.distribution.{noun}.v1".encode()
        found = await self.store.outbox.pending(10_000)
        ours = [d for d in found if d["topic"] == DISTRIBUTION.name]
        values = await self.scene.published(DISTRIBUTION.name)
        return [
            v
            for d, v in zip(ours, values, strict=True)
            if ["ce_type", kind] in [[n, bytes(x)] for n, x in d["headers"]]
        ]


@pytest.fixture
async def phones(scene: Scene) -> Phones:
    """A round of four recipients whose aid has arrived."""
    await scene.open()
    await scene.arrived("P-1")
    return Phones(scene)


def wrong(number: int) -> str:
    """A code that is well formed, and nobody's."""
    body = f"{number:010d}"
    return body + check_character(body)


async def test_terima_confirms_the_handover_once(phones: Phones) -> None:
    await phones.hand_over()
    code = await phones.code()
    assert await phones.send(f"terima {printed(code).lower()}") == Reply.CONFIRMED
    assert await phones.send(f"TERIMA{code}") == Reply.CONFIRMED
    (event,) = await phones.told("handover.confirmed")
    handover = await phones.scene.one(HANDOVERS)
    assert (event["handover_id"], event["channel"]) == (handover["_id"], "SMS")
    assert handover["confirmedBy"] == "SMS"


async def test_wrong_and_not_yet_sound_the_same(phones: Phones) -> None:
    early = await phones.send(f"TERIMA {await phones.code()}")
    assert early == await phones.send(f"TERIMA {wrong(7)}") == Reply.HEARD
    assert await phones.told("handover.confirmed") == []


async def test_an_early_word_confirms_the_handover_that_comes_later(phones: Phones) -> None:
    await phones.send(f"TERIMA {await phones.code()}")
    assert not await confirm_early(phones.store)
    await phones.hand_over()
    await asyncio.gather(*(confirm_early(phones.store) for _ in range(3)))
    assert len(await phones.told("handover.confirmed")) == 1
    assert not await confirm_early(phones.store)


async def test_a_message_sent_again_has_the_same_reply_and_no_second_effect(phones: Phones) -> None:
    await phones.hand_over()
    text = f"LAPOR {await phones.code()} saya belum terima"
    replies = await asyncio.gather(*(phones.send(text, message_id="m-1") for _ in range(6)))
    assert len(set(replies)) == 1
    assert "ADU-" in replies[0]
    assert await phones.store[CASES].count({}) == 1
    assert len(await phones.told("case.opened")) == 1
    # The same id of another gateway is another message.
    await phones.send("BANTUAN", message_id="m-1", gateway="twilio")
    assert await phones.store[SMS_LOG].count({}) == 2


async def test_lapor_opens_a_case_and_disputes(phones: Phones) -> None:
    await phones.hand_over()
    reply = await phones.send(f"lapor {await phones.code()} beras kurang 2 kg")
    case = await phones.scene.one(CASES)
    assert case["reference"] in reply
    assert (case["kind"], case["channel"], case["area"], case["filedBy"]) == ("SHORT", "SMS", VILLAGE, None)
    assert (await phones.scene.one(HANDOVERS))["status"] == "DISPUTED"
    assert len(await phones.told("handover.disputed")) == 1


async def test_more_of_the_same_is_added_to_the_case(phones: Phones) -> None:
    code = await phones.code()
    first = await phones.send(f"LAPOR {code} belum terima")
    assert await phones.send(f"LAPOR {code} masih belum terima") == first
    assert await phones.store[CASES].count({}) == 1
    assert await phones.store[CASE_EVENTS].count({}) == 2
    assert [e["action"] for e in await phones.told("case.updated")] == ["NOTE"]
    await phones.send(f"LAPOR {code} saya juga", sender="+6281999999999")
    assert await phones.store[CASES].count({}) == 2


async def test_a_typing_mistake_is_told_and_costs_nothing(phones: Phones) -> None:
    code = await phones.code()
    mistyped = ("A" if code[3] != "A" else "B").join((code[:3], code[4:]))
    for _ in range(8):
        assert await phones.send(f"TERIMA {mistyped}") == Reply.MISTYPED.format(command="TERIMA")
    await phones.hand_over()
    assert await phones.send(f"TERIMA {code}") == Reply.CONFIRMED


async def test_who_guesses_is_no_longer_heard_and_cannot_tell(phones: Phones) -> None:
    await phones.hand_over()
    code = await phones.code()
    replies = await asyncio.gather(*(phones.send(f"TERIMA {wrong(n)}") for n in range(12)))
    assert set(replies) == {Reply.HEARD}
    hashed = await phones.store[SMS_ATTEMPTS].list({"_id": {"$not": {"$regex": "^all"}}})
    assert [counter["count"] for counter in hashed] == [phones.store.settings.sms_wrong_of_number]
    assert await phones.send(f"TERIMA {code}") == Reply.HEARD
    assert await phones.told("handover.confirmed") == []
    # Another number is heard: one guesser does not silence the others.
    assert await phones.send(f"TERIMA {code}", sender="+628111111111") == Reply.CONFIRMED


async def test_many_numbers_together_are_limited_too(phones: Phones) -> None:
    await phones.hand_over()
    phones.store.settings.sms_wrong_in_all = 6
    for number in range(6):
        await phones.send(f"TERIMA {wrong(number)}", sender=f"+62811000000{number}")
    assert await phones.send(f"TERIMA {await phones.code()}", sender="+628119999999") == Reply.HEARD


async def test_berhenti_stops_what_is_sent(phones: Phones) -> None:
    sent: list[tuple[str, str]] = []

    class Sender:
        async def send(self, number: str, text: str) -> None:
            sent.append((number, text))

    store, sender = phones.store, Sender()
    await store.db.transaction(lambda tx: queue(store, tx, NUMBER, "before"))
    assert await phones.send("Berhenti") == Reply.STOPPED
    await store.db.transaction(lambda tx: queue(store, tx, "+6281234567890", "after"))
    while await send_waiting(store, sender):
        pass
    assert sent == []
    assert await phones.send("BANTUAN") is None
    assert await phones.send("berhenti") is None
    assert await phones.send("MULAI") == Reply.STARTED
    received = [
        e for e in await phones.scene.published(AUDIT_ENTRIES.name) if e["action"] == "distribution:sms:receive"
    ]
    assert [e["reason"] for e in received] == ["stopped", "helped", "stopped", "started"]
    assert await phones.send("BANTUAN") == Reply.HELP
    await store.db.transaction(lambda tx: queue(store, tx, "62 812-3456-7890", "again"))
    assert await send_waiting(store, sender)
    assert sent == [("+6281234567890", "again")]
    assert not await send_waiting(store, sender)


async def test_a_message_that_could_not_leave_is_sent_later(phones: Phones) -> None:
    sent: list[str] = []

    class Sender:
        async def send(self, number: str, text: str) -> None:
            if not sent:
                sent.append("tried")
                raise Unavailable("unavailable.service")
            sent.append(text)

    store, sender = phones.store, Sender()
    await store.db.transaction(lambda tx: queue(store, tx, NUMBER, "hello"))
    assert await send_waiting(store, sender)
    assert not await send_waiting(store, sender)
    assert sent == ["tried"]
    await store[OUTGOING_MESSAGES].update_many({}, {"$set": {"until": datetime.now(UTC) - timedelta(seconds=1)}})
    assert await send_waiting(store, sender)
    assert sent == ["tried", "hello"]


@pytest.mark.parametrize("text", ["apa ini?", "", "BANTUAN", "TERIMA KASIH BANYAK YA"])
async def test_everything_else_is_answered_with_help(phones: Phones, text: str) -> None:
    assert await phones.send(text) in (Reply.HELP, Reply.MISTYPED.format(command="TERIMA"))


async def test_senders_that_take_no_messages_get_none(phones: Phones) -> None:
    assert await phones.send("BANTUAN", sender="TELKOMSEL") is None
    assert await phones.send("BANTUAN", sender="2929") is None


async def test_the_log_has_no_number_no_code_and_no_identity(phones: Phones) -> None:
    await phones.hand_over()
    code = await phones.code()
    await phones.send(f"LAPOR {code} NIK saya 3275011203850001 belum terima")
    await phones.send(f"TERIMA {wrong(3)}")
    everything = ""
    for name in ("sms", "cases", "case_events", "sms_outgoing", "sms_attempts", "outbox", "entitlements"):
        everything += str([{k: str(v) for k, v in d.items()} for d in await phones.store.db[name].list({})])
    for said in (
        NUMBER,
        "+6281234567890",
        "81234567890",
        code,
        printed(code),
        "3275011203850001",
        wrong(3),
        "NIK saya",
    ):
        assert said not in everything
    lines = await phones.store[SMS_LOG].list({}, sort=[("at", 1)])
    assert [line["number"] for line in lines] == ["+6281*******90"] * 2
    text = phones.store.keys.decrypt(lines[0]["text"], f"sms:{lines[0]['_id']}")
    assert text == "NIK saya **************** belum terima"


async def test_only_the_door_hands_messages_in(phones: Phones, person: Callable[..., Actor]) -> None:
    ask = ReceiveSms(gateway="http", id="1", sender=NUMBER, text="BANTUAN", received_at=datetime.now(UTC))
    with pytest.raises(Forbidden):
        await receive_sms(phones.store, person("Admin", ADMIN="ID"), ask)


async def test_codes_are_shown_to_supervisors_on_the_audit_trail(phones: Phones, person: Callable[..., Actor]) -> None:
    ask = ListConfirmationCodes(round_id=phones.scene.round.id, area=VILLAGE, first=1)
    first = await list_confirmation_codes(phones.store, phones.scene.supervisor, ask)
    rest = await list_confirmation_codes(
        phones.store, phones.scene.supervisor, ask.model_copy(update={"after": first.cursors[-1], "first": 10})
    )
    assert (first.total, first.more, rest.more) == (2, True, False)
    seen = {node.entitlement_id: node.code for node in (*first.nodes, *rest.nodes)}
    assert seen == {
        e["_id"]: printed(code_of(phones.store.keys, e["_id"]))
        for e in await phones.store[ENTITLEMENTS].list({"area": VILLAGE})
    }
    entries = [
        e for e in await phones.scene.published(AUDIT_ENTRIES.name) if e["action"] == "distribution:codes:reveal"
    ]
    assert [(e["actor"]["id"], e["area"]) for e in entries] == [(phones.scene.supervisor.id, VILLAGE)] * 2
    for viewer in (
        phones.scene.officer,
        person("Rina", SUPERVISOR="32.02"),
        person("Dua", SUPERVISOR="32", OFFICER="32"),
    ):
        with pytest.raises(Forbidden):
            await list_confirmation_codes(phones.store, viewer, ask)
    with pytest.raises(NotFound):
        await list_confirmation_codes(
            phones.store, phones.scene.supervisor, ask.model_copy(update={"round_id": "rnd_none"})
        )
