"""The recipient's word on paid money, and the alert when it does not come."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound
from amanah.contracts.ids import new_id
from amanah.contracts.payments.payments import ConfirmPayment
from amanah.contracts.sms import SMS_GATEWAY, ReceiveSms
from services.distribution.alerts.documents import ALERTS
from services.distribution.payments.commands.confirm import record_confirmation
from services.distribution.payments.commands.workers import watch_paid
from services.distribution.rounds.confirmation_codes import code_of
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.sms.commands import receive_sms
from tests.integration.distribution.payments.cash import Cash

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def test_a_confirmed_payment_is_delivered(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    batch = await cash.exported()
    officer, ask = cash.scene.officer, ConfirmPayment(entitlement_id=cash.ids[0])
    assert await cash.refusal(record_confirmation(cash.store, officer, ask)) == "not_paid"
    await cash.report(batch, cash.pain002(batch, (cash.ids[0], "ACCC")))
    with pytest.raises(NotFound):
        await record_confirmation(cash.store, person("Far", OFFICER="33"), ask)
    done = await record_confirmation(cash.store, officer, ask)
    assert done.confirmed_at is not None
    assert await record_confirmation(cash.store, officer, ask) == done
    (event,) = await cash.told("payment.confirmed")
    assert (event["delivered"], event["channel"], event["amount"]) == (True, "OFFICER", 600_000)
    assert await cash.store[ENTITLEMENTS].count({"status": "DELIVERED"}) == 1
    refused = await cash.report(batch, cash.pain002(batch, (cash.ids[0], "RJCT")))
    assert [p.code for p in refused.problems] == ["confirmed_yet_rejected"]


async def test_paid_is_delivered_where_the_program_says_so(cash: Cash) -> None:
    await cash.open(paid_is_delivered=True)
    batch = await cash.exported()
    await cash.report(batch, cash.pain002(batch, *((i, "ACCC") for i in cash.ids)))
    assert await cash.store[ENTITLEMENTS].count({"status": "DELIVERED"}) == 4
    await cash.report(batch, cash.pain002(batch, (cash.ids[0], "RJCT")))
    assert await cash.store[ENTITLEMENTS].count({"status": "DELIVERED"}) == 3
    one, two = await cash.told("payment.settled")
    assert [sum(v[n] for v in e["villages"]) for e in (one, two) for n in ("delivered", "undelivered")] == [4, 0, 0, 1]
    assert not await watch_paid(cash.store)
    assert await cash.store[ALERTS].count({}) == 0


async def test_unconfirmed_money_is_an_alert_once(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    await cash.report(batch, cash.pain002(batch, *((i, "ACCC") for i in cash.ids[:3])))
    await record_confirmation(cash.store, cash.scene.officer, ConfirmPayment(entitlement_id=cash.ids[0]))
    await watch_paid(cash.store)
    assert await cash.store[ALERTS].count({}) == 0
    await cash.store[ENTITLEMENTS].update_many({"round": cash.round.id}, {"$set": {"payment.at": LONG_AGO}})
    for _ in range(3):
        await watch_paid(cash.store)
    alerts = await cash.store[ALERTS].list({})
    assert {(a["rule"], a["subject"]) for a in alerts} == {("paid_unconfirmed", i) for i in cash.ids[1:3]}
    assert len(alerts) == 2


async def test_the_recipient_confirms_by_sms(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()

    async def said(number: int) -> str | None:
        ask = ReceiveSms(
            gateway="http", id=new_id("pst"), sender=f"08123456789{number}", recipient="2929",
            text=f"TERIMA {code_of(cash.store.keys, cash.ids[number])}", received_at=datetime.now(UTC),
        )  # fmt: skip
        return (await receive_sms(cash.store, SMS_GATEWAY, ask)).text

    early = await said(0)
    await cash.report(batch, cash.pain002(batch, (cash.ids[0], "ACCC"), (cash.ids[1], "ACCC")))
    # The word that came before the bank's counts when the bank's has come.
    assert await cash.store[ENTITLEMENTS].count({"status": "DELIVERED", "payment.confirmedBy": "SMS"}) == 1
    late = await said(1)
    assert late != early
    assert await said(1) == late
    assert [e["entitlement_id"] for e in await cash.told("payment.confirmed")] == cash.ids[:2]
    assert await cash.store[ENTITLEMENTS].count({"status": "DELIVERED"}) == 2
