"""Documents as distribution stores them: packages, and accepted events of partners."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from amanah.runtime.identity import person_id
from services.distribution.custody.documents import PackageDocument
from services.distribution.partner_events.documents import PartnerEventDocument

BEGAN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def package(identifier: str, code: str, partner: str = "Truk") -> PackageDocument:
    """A package of rice, given to the user of this name, that nothing has happened to."""
    return {
        "_id": identifier, "code": code, "round": "rnd_1", "area": "32.01.05.2001", "partner": person_id(partner),
        "entitlement": None, "recipient": None, "madeIn": None, "parents": [], "splitFrom": None, "kin": False,
        "posted": [], "version": 0, "status": "REGISTERED", "place": None, "conditions": [], "parent": None,
        "leg": None, "movedAt": None, "differences": [], "overdrawn": [], "ledger": [],
        "contents": [
            {
                "sku": "BERAS", "expected": 1000, "counted": None, "left": 1000, "handed": 0, "lost": 0, "damaged": 0,
                "returned": 0,
            }
        ],
    }  # fmt: skip


def sent(number: int, **fields: Any) -> dict[str, Any]:
    """An event as a partner sends it, an hour after the one before."""
    return {
        "type": "ObjectEvent", "eventID": f"urn:uuid:{number}", "action": "OBSERVE", "bizStep": "shipping",
        "eventTime": (BEGAN + timedelta(hours=number)).isoformat(), "eventTimeZoneOffset": "+07:00",
        "epcList": [f"urn:epc:id:sgtin:0614141.107346.{number}"],
    } | fields  # fmt: skip


def stored(
    partner: str, number: int, *, key: str = "", captured: int | None = None, **fields: Any
) -> PartnerEventDocument:
    """The accepted event `sent(number, **fields)`, captured so many minutes after BEGAN, later events earlier by default."""
    event = sent(number, **fields)
    key = key or event["eventID"]
    epcs = [
        *([event["parentID"]] if "parentID" in event else []),
        *(e for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList") for e in event.get(name, ())),
        *(q["epcClass"] for name, found in event.items() if name.endswith("uantityList") for q in found),
    ]
    return {
        "_id": hashlib.sha256(f"{partner}\x1f{key}".encode()).hexdigest(),
        "partner": partner, "event": event["eventID"], "key": key, "source": f"cap_1#{number}",
        "at": BEGAN + timedelta(minutes=(100 - number) if captured is None else captured),
        "type": event["type"], "time": datetime.fromisoformat(event["eventTime"]), "action": event["action"],
        "step": event["bizStep"], "disposition": event.get("disposition", ""), "epcs": epcs,
        "readPoint": event.get("readPoint", {}).get("id"), "location": event.get("bizLocation", {}).get("id"),
        "document": json.dumps(event), "content": "",
    }  # fmt: skip
