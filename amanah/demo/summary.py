"""Summary of the demo, as a table for people and as JSON for programs."""

import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from amanah.demo.screen import Screen


class Summary(BaseModel):
    """Result of a demo; `--json` writes its fields in camel case."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    recipients: int
    roster_size: int
    roster_hash: str
    packages: int
    shipment_events: int
    handovers: int
    handovers_refused: int
    alerts: int
    cases: int
    audit_entries: int
    tree_size: int
    audit_verified: bool
    reports: list[dict[str, str]]
    url: str
    audit_key: str
    tokens: dict[str, str]
    seconds: float

    def write(self, path: Path) -> None:
        """Writes the JSON, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.part")
        unfinished.write_text(self.model_dump_json(by_alias=True, indent=2) + "\n")
        unfinished.replace(path)

    def show(self, screen: Screen) -> None:
        """Prints the table."""
        rows = [
            ("recipients on the register", str(self.recipients)),
            ("roster", f"{self.roster_size} recipients, hash {self.roster_hash}"),
            ("packages", f"{self.packages}, moved by {self.shipment_events} shipment events"),
            ("handovers", f"{self.handovers} accepted with evidence, {self.handovers_refused} refused"),
            ("alerts, open cases", f"{self.alerts}, {self.cases}"),
            ("audit log", f"{self.tree_size} entries, {'VERIFIED' if self.audit_verified else 'DOES NOT VERIFY'}"),
            *((f"report {report['format']}", report["path"]) for report in self.reports),
            ("duration", f"{self.seconds:.0f} s"),
        ]
        screen.table("Summary", rows)

    def write_tokens(self, screen: Screen, folder: Path) -> None:
        """Writes a token for each role to `folder`, readable by its owner only, and prints how to use them."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for role, token in self.tokens.items():
            path = folder / role
            path.touch(mode=0o600)
            path.write_text(token + "\n")
        query = '{"query":"{ viewer { name roles { role area { name } } } }"}'
        token = f'"Authorization: Bearer $(cat {folder / "SUPERVISOR"})"'
        amanah = sys.argv[0] if Path(sys.argv[0]).name == "amanah" else "amanah"
        screen.table(
            "Explore", [("URL", f"{self.url}/graphql"), ("tokens", f"{folder}/  (for trials, valid for a week)")]
        )
        screen.say(f"by role: {' '.join(self.tokens)}")
        screen.say("")
        screen.say("In another shell, for example:")
        screen.say("")
        screen.say(f"curl -s {self.url}/graphql -H {token} -H 'Content-Type: application/json' -d '{query}'")
        screen.say(f"{amanah} audit verify {self.url}/log --key '{self.audit_key}'")
