"""`amanah audit`: verify and export the audit log. `verify`, `check` and `export` trust only the keys they are given.

Exit codes: 0 it verifies, 1 it does not, 2 it could not be read or the command was wrong.
"""

import typer

from amanah.cli.audit import check_command, export_command, key_command, verify_command

app = typer.Typer(
    name="audit", help="Verify or export the audit log, and manage its signing keys.", no_args_is_help=True
)
app.command(
    epilog="Examples: amanah audit verify http://127.0.0.1:8000/log --key amanah.local/log+1a2b3c4d+AbCd...; "
    "amanah audit verify case-17 --key amanah.local/log+1a2b3c4d+AbCd... --witness witness.example+5e6f7a8b+BDef..."
)(verify_command.verify)
app.command(epilog="Example: amanah audit check entry.json entry.tlog-proof --key amanah.local/log+1a2b3c4d+AbCd...")(
    check_command.check
)
app.add_typer(key_command.app, name="key")
app.command(
    epilog="Examples: amanah audit export kept-log --url http://127.0.0.1:8000/log; "
    "amanah audit export case-17 --from 2026-11-01 --to 2026-11-30 --subject rcp_... --key amanah.local/log+1a2b3c4d+AbCd...; "
    'amanah audit export case-17 --url https://amanah.example/log --subject rcp_... --authority "ST-123/2026" --token-file token.txt'
)(export_command.export)
