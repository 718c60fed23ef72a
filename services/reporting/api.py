"""What reporting can be asked."""

from amanah.contracts.reporting import (
    GenerateReport,
    GetMapClusters,
    GetProgress,
    GetReportLinks,
    GetReports,
    ListReports,
    VerifyReport,
)
from amanah.rpc import Handlers
from services.reporting import commands, maps, queries

HANDLERS: Handlers = {
    GetProgress: queries.get_progress,
    GetMapClusters: maps.get_map_clusters,
    GenerateReport: commands.generate_report,
    GetReportLinks: queries.get_report_links,
    GetReports: queries.get_reports,
    ListReports: queries.list_reports,
    VerifyReport: queries.verify_report,
}
