"""What the recipients service can be asked."""

from amanah.contracts.recipients import (
    ApproveImport,
    ApproveRoster,
    CreateListUpload,
    GetImports,
    GetRecipients,
    GetRosters,
    ImportRecipients,
    ListImports,
    ListProblems,
    ListRecipients,
    ListRosters,
    ListVersions,
    ProposeRoster,
    RevealNik,
    VerifyRoster,
)
from amanah.rpc import Handlers
from services.recipients import commands, queries

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
    GetImports: queries.get_imports,
    ListImports: queries.list_imports,
    ListProblems: queries.list_problems,
    GetRosters: queries.get_rosters,
    ListRosters: queries.list_rosters,
    VerifyRoster: queries.verify_roster,
}
