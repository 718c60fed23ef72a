"""The audit service's nouns, lowest first, and the methods that they answer."""

from amanah.runtime.rpc import handlers_of
from services.audit import alarms, anchors, log, search, witnesses

NOUNS = (alarms, witnesses, search, log, anchors)
HANDLERS = handlers_of(*NOUNS)
