"""Contract of the audit service: the log's entry, requests and events.

The modules divide it by topic; each name that they define can be imported from here.
"""

from amanah.contracts.audit.actions import *
from amanah.contracts.audit.base import *
from amanah.contracts.audit.entry import *
from amanah.contracts.audit.events import *
from amanah.contracts.audit.exports import *
from amanah.contracts.audit.proofs import *
from amanah.contracts.audit.search import *
