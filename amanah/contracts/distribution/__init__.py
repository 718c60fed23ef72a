"""What the distribution service announces and what it can be asked.

The modules below divide it by subject; all that they define is found here by name.
"""

from amanah.contracts.distribution.alerts import *
from amanah.contracts.distribution.assignment_events import *
from amanah.contracts.distribution.assignments import *
from amanah.contracts.distribution.base import *
from amanah.contracts.distribution.bundles import *
from amanah.contracts.distribution.cases import *
from amanah.contracts.distribution.corrections import *
from amanah.contracts.distribution.custody import *
from amanah.contracts.distribution.custody_events import *
from amanah.contracts.distribution.events import *
from amanah.contracts.distribution.handover_events import *
from amanah.contracts.distribution.handovers import *
from amanah.contracts.distribution.labels import *
from amanah.contracts.distribution.packages import *
from amanah.contracts.distribution.payment_events import *
from amanah.contracts.distribution.payments import *
from amanah.contracts.distribution.photos import *
from amanah.contracts.distribution.programs import *
from amanah.contracts.distribution.sms import *
from amanah.contracts.distribution.thresholds import *
from amanah.contracts.distribution.verified import *

EVENTS = ROUND_EVENTS | HANDOVER_EVENTS | ASSIGNMENT_EVENTS | CUSTODY_EVENTS | PAYMENT_EVENTS
