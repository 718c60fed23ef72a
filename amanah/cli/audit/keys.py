"""`amanah audit key`: the log's keys, as the operator who holds them sees them."""

from pathlib import Path
from typing import Annotated

import typer

from amanah import logkeys
from amanah.cli.audit.sources import fail
from amanah.settings import BadSettings, load
from amanah.tlog.checkpoint import Signer


def signing_keys(data: Path) -> tuple[Signer, ...]:
    """The log's signing keys, the newest first: AMANAH_AUDIT_KEY, or those below the data folder. Exits with 2 without."""
    try:
        settings = load(data=data)
        text = settings.audit_key or (settings.data / logkeys.FILE).read_text()
        return logkeys.parse(settings.audit_origin, text)
    except BadSettings as error:
        fail(2, f"{error}. Restore AMANAH_AUDIT_KEY or {logkeys.FILE} from where you keep it.")
    except OSError:
        fail(
            2,
            f"There is no key at {data / logkeys.FILE}. Start `amanah up --data {data}` once, or give the right --data.",
        )


def key(data: Annotated[Path, typer.Option(metavar="DIR", help="The data folder.")] = Path(".amanah")) -> None:
    """Print the log's verifier key, which anyone may have and which `verify` needs."""
    typer.echo(str(signing_keys(data)[0].verifier))
