"""What distribution announces."""

from amanah.contracts.alerts import AlertRaised, AlertUpdated
from amanah.contracts.cases import CaseOpened, CaseUpdated
from amanah.contracts.custody.events import PackageMoved, PackagesCreated, PlacesCreated
from amanah.contracts.message import registry
from amanah.contracts.rounds import ProgramCreated, RoundCreated, RoundOpened

ROUND_EVENTS = registry(
    ProgramCreated,
    RoundCreated,
    RoundOpened,
    PlacesCreated,
    PackagesCreated,
    PackageMoved,
    AlertRaised,
    CaseOpened,
    CaseUpdated,
    AlertUpdated,
)
