"""What the recipients service can be asked."""

from amanah.contracts.imports import (
    ApproveImport,
    CreateListUpload,
    GetImports,
    ImportRecipients,
    ListImports,
    ListProblems,
)
from amanah.contracts.register import GetRecipients, ListRecipients, ListVersions, RevealNik
from amanah.contracts.rosters import ApproveRoster, GetRosters, ListRosters, ProposeRoster, VerifyRoster
from amanah.runtime.rpc import Handlers
from services.recipients import commands
from services.recipients.imports.queries import get_imports, list_imports, list_problems
from services.recipients.register import queries
from services.recipients.rosters.queries import get_rosters, list_rosters, verify_roster

HANDLERS: Handlers = {
    CreateListUpload: commands.create_list_upload,
    ImportRecipients: commands.import_recipients,
    ApproveImport: commands.approve_import,
    ProposeRoster: commands.propose_roster,
    ApproveRoster: commands.approve_roster,
    RevealNik: commands.reveal_nik,
    ListRecipients: queries.list_recipients,
    GetRecipients: queries.get_recipients,
    ListVersions: queries.list_versions,
    GetImports: get_imports,
    ListImports: list_imports,
    ListProblems: list_problems,
    GetRosters: get_rosters,
    ListRosters: list_rosters,
    VerifyRoster: verify_roster,
}
