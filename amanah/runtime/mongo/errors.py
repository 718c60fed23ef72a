"""Errors of the document store, translated from those of the driver."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import errors as driver

from amanah.contracts.errors import Conflict, Unavailable


class DuplicateKey(Conflict):
    """A document with the same unique value exists. `fields` are those of the index."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__("duplicate_key", fields=", ".join(fields) or "key")
        self.fields = fields


@contextmanager
def translated(inside: bool) -> Iterator[None]:
    """Translates errors of the driver. Inside a transaction, those that ask for another attempt pass unchanged."""
    try:
        yield
    except driver.PyMongoError as error:
        if inside and error.has_error_label("TransientTransactionError"):
            raise
        details = getattr(error, "details", None) or {}
        if isinstance(error, driver.BulkWriteError):
            details = next(iter(details.get("writeErrors", [])), {})
        if isinstance(error, driver.DuplicateKeyError) or details.get("code") == 11000:
            raise DuplicateKey(tuple(details.get("keyPattern", {}))) from error
        if isinstance(error, driver.ConnectionFailure | driver.ExecutionTimeout | driver.WaitQueueTimeoutError):
            raise Unavailable("unavailable.store") from error
        if getattr(error, "code", None) in (112, 251):  # write conflict, no such transaction
            raise Unavailable("unavailable.store_busy") from error
        raise
