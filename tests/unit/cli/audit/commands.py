"""Runs `amanah audit` on logs of audit entries."""

from datetime import UTC, datetime, timedelta
from typing import Any

from typer.testing import CliRunner, Result

from amanah.cli.audit import app
from amanah.contracts.actor import Acting
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject


def run(*arguments: object, **env: str) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments], env=env)


def audit_entry(i: int, **fields: Any) -> bytes:
    """Entry number `i`, so many minutes after the 1st of November began."""
    defaults: dict[str, Any] = {
        "id": f"aud_{i}",
        "time": datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=i),
        "actor": Acting(id=f"usr_{i % 3}", name="Sari", role="OFFICER", area="32"),
        "action": "distribution:handover:accept",
        "subject": Subject(type="Handover", id=f"hov_{i}"),
        "origin": Origin(service="distribution"),
    }
    return AuditEntry(**{**defaults, **fields}).canonical()
