"""The audit log's entry and what the audit service can be asked.

The modules below divide it by subject; all that they define is found here by name.
"""

from amanah.contracts.audit.actions import *
from amanah.contracts.audit.base import *
from amanah.contracts.audit.entry import *
from amanah.contracts.audit.events import *
from amanah.contracts.audit.exports import *
from amanah.contracts.audit.proofs import *
from amanah.contracts.audit.search import *
