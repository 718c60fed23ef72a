"""What the recipients service announces and what it can be asked.

The modules below divide it by subject; all that they define is found here by name.
"""

from amanah.contracts.recipients.base import *
from amanah.contracts.recipients.events import *
from amanah.contracts.recipients.payees import *
from amanah.contracts.recipients.requests import *
from amanah.contracts.recipients.verified import *
from amanah.contracts.recipients.views import *
