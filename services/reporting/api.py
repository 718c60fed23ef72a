"""The reporting service's nouns, and the methods that they answer."""

from amanah.runtime.rpc import handlers_of
from services.reporting import figures, map, reports

NOUNS = (figures, reports, map)
HANDLERS = handlers_of(*NOUNS)
