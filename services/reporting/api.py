"""What reporting can be asked."""

from amanah.contracts.reporting import GenerateReport, GetProgress, GetReports, VerifyReport
from amanah.rpc import Handlers
from services.reporting import commands, queries

HANDLERS: Handlers = {
    GetProgress: queries.get_progress,
    GenerateReport: commands.generate_report,
    GetReports: queries.get_reports,
    VerifyReport: queries.verify_report,
}
