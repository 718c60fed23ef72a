"""Fixtures of the audit commands' tests."""

from tests.unit.tlog.logs import serve, signer, witness

__all__ = ["serve", "signer", "witness"]
