"""Fixtures of the log's tests."""

from tests.unit.tlog.logs import reader, serve, signer, witness

__all__ = ["reader", "serve", "signer", "witness"]
