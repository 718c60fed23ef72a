"""What reporting can be asked."""

from amanah.contracts.figures import GetProgress
from amanah.contracts.map import GetMapClusters
from amanah.contracts.reports import GenerateReport, GetReportLinks, GetReports, ListReports, VerifyReport
from amanah.runtime.rpc import Handlers
from services.reporting.figures.queries import get_progress
from services.reporting.map import queries as maps
from services.reporting.reports import commands, queries

HANDLERS: Handlers = {
    GetProgress: get_progress,
    GetMapClusters: maps.get_map_clusters,
    GenerateReport: commands.generate_report,
    GetReportLinks: queries.get_report_links,
    GetReports: queries.get_reports,
    ListReports: queries.list_reports,
    VerifyReport: queries.verify_report,
}
