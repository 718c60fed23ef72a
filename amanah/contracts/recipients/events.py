"""What recipients announces."""

from amanah.contracts.imports import ImportApplied, ImportApproved, ImportFailed, ImportStaged, ImportStarted
from amanah.contracts.message import registry
from amanah.contracts.rosters import RosterApproved, RosterProposed

EVENTS = registry(
    ImportStarted, ImportStaged, ImportFailed, ImportApproved, ImportApplied, RosterProposed, RosterApproved
)
