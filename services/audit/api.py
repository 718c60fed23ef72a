"""The audit service's nouns, and the methods that they answer."""

from amanah.runtime.rpc import handlers_of
from services.audit import log, search

NOUNS = (log, search)
HANDLERS = handlers_of(*NOUNS)
