"""Settings that changed since the last start are in the audit log: names and hashes, never a secret."""

import json
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.mongo import Database
from amanah.runtime.settings_audit import SettingsAudit


class Knobs(BaseSettings):
    retries: int = 3
    store: str = "mongodb://amanah:hunter2@db.example:27017/x"
    scratch: str = "http://127.0.0.1:4711"
    sms_secret: SecretStr | None = SecretStr("hunter2hunter2hunter2")


RING = Keyring.generate()
KEYS = Keyring.parse(RING)


@pytest.fixture
async def outbox(db: Database) -> Outbox:
    found = Outbox(db, "reporting")
    await found.prepare()
    return found


async def started(outbox: Outbox, knobs: Knobs, keys: Keyring = KEYS) -> list[Any]:
    """The audit entries of this start."""
    before = len(await outbox.pending(100))
    await SettingsAudit(outbox, KEYS, [knobs], {"master": keys.fingerprints}).note()
    return [json.loads(bytes(d["value"])) for d in (await outbox.pending(100))[before:]]


async def test_the_first_start_tells_all(outbox: Outbox) -> None:
    settings, key = await started(outbox, Knobs())
    assert (settings["action"], settings["subject"]) == (
        "reporting:settings:change",
        {"type": "Settings", "id": "reporting"},
    )
    assert settings["reason"] == "first start; retries scratch sms_secret store"
    assert (settings["before"], settings["after"][:7]) == ("", "sha256:")
    assert (key["action"], key["subject"]) == ("reporting:key:rotate", {"type": "Key", "id": KEYS.fingerprints[0]})
    assert settings["origin"]["device"], "the machine is where it comes from"


async def test_the_same_again_tells_nothing(outbox: Outbox) -> None:
    await started(outbox, Knobs())
    assert await started(outbox, Knobs(scratch="http://127.0.0.1:4712")) == []


@pytest.mark.parametrize(
    "changed", [{"retries": 4}, {"sms_secret": SecretStr("another secret of the SMS")}, {"store": "mongodb://other/x"}]
)
async def test_a_change_is_told_by_name(outbox: Outbox, changed: dict[str, Any]) -> None:
    (first, _) = await started(outbox, Knobs())
    (entry,) = await started(outbox, Knobs(**changed))
    assert entry["reason"] == next(iter(changed))
    assert entry["before"] == first["after"] != entry["after"]


async def test_a_new_master_key_is_a_rotation(outbox: Outbox) -> None:
    await started(outbox, Knobs())
    both = Keyring.parse(f"{RING},{Keyring.generate().replace('1:', '2:', 1)}")
    (added,) = await started(outbox, Knobs(), both)
    assert (added["subject"]["id"], added["reason"]) == (both.fingerprints[0], "master: 1 added, 0 removed")
    (removed,) = await started(outbox, Knobs())
    assert (removed["subject"]["id"], removed["reason"]) == (both.fingerprints[0], "master: 0 added, 1 removed")


async def test_no_secret_is_kept_or_told(outbox: Outbox) -> None:
    told = await started(outbox, Knobs())
    kept = await outbox.db["effective"].list({})
    assert {d["_id"] for d in kept} == {"settings", "master"}
    assert "hunter2" not in f"{told}{kept}"
    assert "db.example" in str(kept), "what is no secret can be read"


async def test_a_set_without_keys_is_told_by_its_name(outbox: Outbox) -> None:
    await SettingsAudit(outbox, KEYS, [Knobs()], {"issuer": []}).note()
    told = [json.loads(bytes(d["value"])) for d in await outbox.pending(100)]
    assert {"type": "Key", "id": "issuer"} in [each["subject"] for each in told]
