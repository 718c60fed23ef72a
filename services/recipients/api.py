"""The recipients service's nouns, and the methods that they answer."""

from amanah.runtime.rpc import handlers_of
from services.recipients import imports, register, rosters

NOUNS = (register, imports, rosters)
HANDLERS = handlers_of(*NOUNS)
