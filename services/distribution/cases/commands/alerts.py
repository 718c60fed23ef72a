"""Cases that follow up alerts."""

from amanah.contracts.actor import Actor
from amanah.contracts.cases import CaseChannel, CaseKind
from amanah.contracts.distribution import MANAGERS
from amanah.runtime.mongo import Tx
from services.distribution.alerts.documents import AlertDocument
from services.distribution.cases.commands.complaints import Filing, open_case
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.store import Store


async def open_case_of_alert(store: Store, tx: Tx, actor: Actor, alert: AlertDocument, note: str | None) -> str:
    """Opens the case that follows up an alert and returns its id. Its text is the alert's detail and the note."""
    handover = alert["subject"] if alert["subjectType"] == "Handover" else None
    found = (
        await store[HANDOVERS].get(
            {"_id": handover}, projection={"entitlement": 1, "officer": 1, "recipient": 1}, tx=tx
        )
        if handover
        else None
    )
    filing = Filing(
        kind=CaseKind.ALERT,
        channel=CaseChannel.ALERT,
        text=f"{alert['rule']}: {alert['detail']}" + (f"\n{note}" if note else ""),
        area=alert["area"],
        once=f"alert~{alert['_id']}",
        round_id=alert["round"],
        subject=(alert["subjectType"], alert["subject"]),
        entitlement=found["entitlement"] if found else None,
        recipient=found["recipient"] if found else None,
        party=found["officer"] if found else None,
        alert=alert["_id"],
        filed_by=actor.id,
    )
    opened = await open_case(store, tx, actor.acting(MANAGERS, alert["area"]), filing)
    return str(opened["_id"])
