"""The pages on alerts, cases and SMS against the tables in the source."""

from pathlib import Path

from amanah.runtime.nouns import modules_of
from gateway.settings import GatewaySettings
from gateway.sms import adapters, webhooks
from services.distribution.api import ALERT_RULES, NOUNS
from services.distribution.cases.rules.notices import Notice
from services.distribution.handovers.rules.flags import FLAGS
from services.distribution.settings import WORKING_HOURS, DistributionSettings
from services.distribution.sms.rules import Reply
from tests.contracts.pages import rows

DOCS = Path(__file__).parents[2] / "docs"
ALERTS, CASES, SMS = DOCS / "guide" / "alerts.md", DOCS / "guide" / "cases.md", DOCS / "partners" / "sms.md"


def test_every_rule_has_its_line_and_every_line_its_rule() -> None:
    told = [row for row in rows(ALERTS) if len(row) == 4 and row[1] in ("LOW", "MEDIUM", "HIGH", "CRITICAL")]
    assert told == [[r.code, r.severity, r.explanation, ", ".join(r.measures)] for r in ALERT_RULES.values()]


def test_the_table_has_the_rules_of_every_noun() -> None:
    declared = [
        value
        for noun in NOUNS
        for module in modules_of(noun, "rules")
        for name, value in vars(module).items()
        if name == "ALERT_RULES"
    ]
    assert declared
    for rules in declared:
        assert rules.items() <= ALERT_RULES.items()
    assert {flag.code: flag.severity for flag in FLAGS}.items() <= {
        r.code: r.severity for r in ALERT_RULES.values()
    }.items()


def test_the_hours_of_cases_are_those_that_hold() -> None:
    told = {row[0]: tuple(map(int, row[1:])) for row in rows(CASES) if row[0] in set(WORKING_HOURS)}
    assert told == WORKING_HOURS


def test_what_is_answered_is_what_the_page_says() -> None:
    page = SMS.read_text()
    filled = {"reference": "ADU-2611-7K3M9Q", "due": "26-11-2026", "command": "TERIMA"}
    for reply in (*Reply, Notice.OPENED):
        assert reply.format_map(filled) in page, reply.name


def test_the_sms_page_has_the_endpoints_limits_and_settings() -> None:
    page = SMS.read_text()
    for path in (adapters.PATH, adapters.TWILIO, adapters.KANNEL, adapters.RAPIDPRO):
        assert f" {path}`" in page
    assert f"{webhooks.LIMIT:,} bytes" in page
    assert f"{GatewaySettings.model_fields['sms_window_s'].default} seconds" in page
    limits = DistributionSettings.model_fields
    assert f"{limits['sms_wrong_of_number'].default} wrong codes" in page
    assert f"{limits['sms_wrong_in_all'].default:,} of all" in page
