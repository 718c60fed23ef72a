"""What a check of an export found, and how it is told."""

from dataclasses import dataclass, field

import typer

from amanah.cli.audit.sources import plain
from amanah.tlog.verify import Finding

SHOWN = 20
_KEPT = 1000


@dataclass
class Outcome:
    """What does not hold, what does, and what could not be checked."""

    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    holds: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def find(self, path: str, index: int | None, message: str) -> None:
        """Takes down what does not hold; of very many the first."""
        self.add(Finding(path, index, message))

    def add(self, finding: Finding) -> None:
        """The same, of a finding that is made."""
        if len(self.findings) < _KEPT:
            self.findings.append(finding)
        else:
            self.more += 1

    def tell(self, verdict: str, failed: str = "DOES NOT VERIFY") -> None:
        """Prints it all with the verdict, or with `failed` where something does not hold: that ends the command with 1."""
        for line in self.holds:
            typer.echo(plain(f"  {line}"))
        for line in self.unchecked:
            typer.echo(plain(f"  NOT CHECKED: {line}"))
        if not self.findings:
            typer.echo(verdict)
            return
        typer.echo(failed)
        for finding in self.findings[:SHOWN]:
            typer.echo(plain(f"  {finding.path}: {finding.message}"))
        if (beyond := len(self.findings) - SHOWN + self.more) > 0:
            typer.echo(f"  and {beyond} more")
        raise typer.Exit(1)
