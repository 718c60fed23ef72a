"""Services write in a transaction, so that the audit entry is with it; exceptions are in a table with their reasons.

The integration tests watch every write that happens (`tests/integration/conftest.py`); this finds those that none of them reaches.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITES = {"insert", "insert_many", "put", "update", "update_many", "change", "delete", "bulk"}

# Files of services whose writes stand alone, by collection; why, says the table of the integration tests.
ALONE = {
    "gateway/access/commands.py": {"SIGNATURES"},
    "services/distribution/messages/commands.py": {"a job"},
    "services/distribution/partner_events/commands/webhooks.py": {"WEBHOOK_DELIVERIES"},
    "services/distribution/payments/commands/batches.py": {"PAYMENT_BATCHES"},
    "services/distribution/evidence/intake.py": {"RETENTIONS"},
    "services/reporting/reports/builder.py": {"a job"},
}


def _alone(source: str) -> Iterator[str]:
    """The collections that are written to without `tx`, and `a job` where one is moved so (amanah/runtime/jobs.py)."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Attribute(attr=collection) | ast.Subscript(slice=ast.Name(id=collection)), attr=method
                ) as call,
                keywords=given,
            ):
                is_table = isinstance(call.value, ast.Attribute) or collection.isupper()
                if is_table and method in WRITES and "tx" not in {keyword.arg for keyword in given}:
                    yield collection
            case ast.Call(func=ast.Attribute(attr="move"), args=args, keywords=given):
                names = {arg.id for arg in args if isinstance(arg, ast.Name)} | {keyword.arg for keyword in given}
                if "tx" not in names:
                    yield "a job"


# The log itself, and what only passes on what others write.
BESIDE = ("services/audit/",)
NO_COLLECTIONS = {"objects", "_hash"}


def test_what_is_written_alone_has_its_reason() -> None:
    found = {}
    for room in ("services", "gateway"):
        for path in (ROOT / room).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            written = set(_alone(path.read_text())) - NO_COLLECTIONS
            if written and not name.startswith(BESIDE):
                found[name] = written
    assert found == ALONE
