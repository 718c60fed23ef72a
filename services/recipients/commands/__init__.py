"""What changes the register's state on request: one function a use case, one transaction with its outbox event."""

from services.recipients.commands.lists import approve_import, create_list_upload, import_recipients
from services.recipients.commands.revealing import reveal_nik
from services.recipients.commands.rosters import approve_roster, propose_roster

__all__ = [
    "approve_import",
    "approve_roster",
    "create_list_upload",
    "import_recipients",
    "propose_roster",
    "reveal_nik",
]
