"""The document store, and the only package that imports motor and pymongo.

The rest of the code sees the names below, so that PyMongo's own async API can replace motor here (docs/decisions/0004).
"""

from amanah.runtime.mongo.collection import Collection, Condition, Operation, Put, Sort, Tx, Update
from amanah.runtime.mongo.database import Database, connect
from amanah.runtime.mongo.errors import DuplicateKey
from amanah.runtime.mongo.probe import REQUEST_TIMEOUT, Probe

__all__ = [
    "REQUEST_TIMEOUT", "Collection", "Condition", "Database", "DuplicateKey", "Operation", "Probe", "Put", "Sort", "Tx", "Update",
    "connect",
]  # fmt: skip
