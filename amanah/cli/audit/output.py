"""Output of the audit commands: errors, signatures of a checkpoint, and the result of checking an export."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

import typer

from amanah.tlog.verify import Finding, VerificationReport

MAX_SHOWN = 20
_MAX_FINDINGS = 1000
FAILED = "DOES NOT VERIFY"
COSIGNATURE_ADVICE = (
    "The log's own key signed this checkpoint; nothing else was checked. The witness may be late: check the log, or a newer copy, "
    "again. If the cosignature is still missing, keep the checkpoint and ask the witness which one it has. --quorum N accepts "
    "fewer witnesses."
)
"""Advice when only cosignatures are missing, which is no evidence of a change."""
_EXPORT_ADVICE = "Keep this folder unchanged as evidence. Make the same export from the log again, and compare the two."


def fail(code: int, message: str) -> NoReturn:
    """Prints the message and ends the command with exit code `code`."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def printable(text: str) -> str:
    """Escapes control characters: names of files and keys are untrusted and must not control the terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def error_text(error: Exception) -> str:
    """Returns the text of an error, for an OSError that of the system."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def print_signatures(report: VerificationReport) -> None:
    """Prints the log's keys that signed, and the witnesses that cosigned, with the time."""
    for key in report.signers:
        typer.echo(f"  signature of {key}")
    for name, time in report.cosigners:
        typer.echo(f"  cosigned by {name}{'' if time is None else _format_time(time)}")
    if not report.cosigners:
        typer.echo("  no witness was checked; give their keys with --witness")


def unknown_signatures(report: VerificationReport) -> list[str]:
    """Returns the line about signatures that no given key checks, if there are any."""
    if not report.unknown_signers:
        return []
    own = report.origin in report.unknown_signers
    options = ["--key"] * own + ["--witness"] * any(name != report.origin for name in report.unknown_signers)
    names = ", ".join(report.unknown_signers[:MAX_SHOWN])
    return [f"signatures of keys that were not given ({names}); add them with {' or '.join(options)}"]


def _format_time(time: int) -> str:
    try:
        return f" at {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f" at the time {time}"


@dataclass
class CheckResult:
    """Result of checking an export: findings, what was confirmed, what was not checked, and what it cannot prove."""

    findings: list[Finding] = field(default_factory=list)
    omitted: int = 0
    confirmed: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)

    def find(self, path: str, index: int | None, message: str) -> None:
        """Adds a finding."""
        self.add(Finding(path, index, message))

    def add(self, finding: Finding) -> None:
        """Adds a finding; beyond a limit it is only counted."""
        if len(self.findings) < _MAX_FINDINGS:
            self.findings.append(finding)
        else:
            self.omitted += 1

    def finish(self, verdict: str, failed: str = FAILED) -> None:
        """Prints the result with the verdict; with findings it prints `failed` and ends the command with exit code 1."""
        for line in self.confirmed:
            typer.echo(printable(f"  {line}"))
        for line in self.unchecked:
            typer.echo(printable(f"  NOT CHECKED: {line}"))
        for line in self.unproven:
            typer.echo(printable(f"  NOT SHOWN: {line}"))
        if self.findings:
            self.reject(failed)
        typer.echo(verdict)

    def reject(self, failed: str = FAILED, advice: str = _EXPORT_ADVICE) -> NoReturn:
        """Prints the findings and the advice, and ends the command with exit code 1."""
        print_findings(failed, self.findings, self.omitted)
        typer.echo(advice)
        raise typer.Exit(1)


def print_findings(failed: str, findings: list[Finding], omitted: int = 0) -> None:
    """Prints the verdict `failed` and the first findings."""
    typer.echo(failed)
    for finding in findings[:MAX_SHOWN]:
        typer.echo(printable(f"  {finding.path}: {finding.message}"))
    if (more := len(findings) - MAX_SHOWN + omitted) > 0:
        typer.echo(f"  and {more} more")
