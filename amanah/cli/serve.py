"""`amanah serve ROLE`: runs one service, of which there may be several instances."""

from enum import StrEnum
from typing import Annotated

import typer
import uvloop

from amanah.cli.process import build, open_runtime, or_exit, serving, until_stopped, with_http_client
from amanah.runtime import settings as settings_module
from amanah.runtime import telemetry


class ServiceRole(StrEnum):
    """Roles that a process can have."""

    RECIPIENTS = "recipients"
    DISTRIBUTION = "distribution"
    AUDIT = "audit"
    REPORTING = "reporting"
    GATEWAY = "gateway"


def serve(
    role: Annotated[ServiceRole, typer.Argument(help="Service to run")],
    port: Annotated[int, typer.Option(help="Port to listen on")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
) -> None:
    """Run one service on the stores and the bus of the environment variables.

    Example: MONGO_URL=mongodb://mongo/?replicaSet=rs0 S3_ENDPOINT=http://silo:9000 KAFKA_BOOTSTRAP_SERVERS=kafka:9092
    AMANAH_SERVICE_KEY=... amanah serve recipients --port 8001
    """

    async def run() -> None:
        settings = settings_module.load()
        telemetry.configure(settings, role.value)
        async with open_runtime(settings) as found:
            if role is not ServiceRole.GATEWAY:
                service = build(role.value, found)
                async with service.running(), serving(service, host, port, settings.trusted_proxies):
                    await until_stopped()
                return
            async with with_http_client(found) as connected:
                service = build(role.value, connected)
                async with service.running(), serving(service, host, port, settings.trusted_proxies):
                    await until_stopped()

    or_exit(lambda: uvloop.run(run()))
