"""What a check of an export found, and how it is told."""

from dataclasses import dataclass, field
from typing import NoReturn

import typer

from amanah.cli.audit.output import SHOWN
from amanah.cli.audit.sources import plain
from amanah.tlog.verify import Finding

_KEPT = 1000
_FAILED = "DOES NOT VERIFY"
_EVIDENCE = "Keep this folder as it is, as evidence, and make the same export from the log again: compare the two."


@dataclass
class Outcome:
    """What does not hold, what does, what could not be checked, and what such an export cannot show."""

    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    holds: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    unshown: list[str] = field(default_factory=list)

    def find(self, path: str, index: int | None, message: str) -> None:
        """Takes down what does not hold; of very many the first."""
        self.add(Finding(path, index, message))

    def add(self, finding: Finding) -> None:
        """The same, of a finding that is made."""
        if len(self.findings) < _KEPT:
            self.findings.append(finding)
        else:
            self.more += 1

    def tell(self, verdict: str, failed: str = _FAILED) -> None:
        """Prints it all with the verdict, or with `failed` where something does not hold: that ends the command with 1."""
        for line in self.holds:
            typer.echo(plain(f"  {line}"))
        for line in self.unchecked:
            typer.echo(plain(f"  NOT CHECKED: {line}"))
        for line in self.unshown:
            typer.echo(plain(f"  NOT SHOWN: {line}"))
        if self.findings:
            self.reject(failed)
        typer.echo(verdict)

    def reject(self, failed: str = _FAILED, advice: str = _EVIDENCE) -> NoReturn:
        """Prints what does not hold and what to do then, and ends the command with 1."""
        typer.echo(failed)
        for finding in self.findings[:SHOWN]:
            typer.echo(plain(f"  {finding.path}: {finding.message}"))
        if (beyond := len(self.findings) - SHOWN + self.more) > 0:
            typer.echo(f"  and {beyond} more")
        typer.echo(advice)
        raise typer.Exit(1)
