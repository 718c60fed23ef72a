"""`amanah`: the command line with all its command groups."""

import typer

from amanah import demo
from amanah.cli import (
    actions,
    asyncapi,
    audit,
    deadletter,
    doctor,
    errors,
    partners,
    schema,
    serve,
    tokens,
    topics,
    up,
    validate,
)
from amanah.cli import imports as lists
from amanah.cli.witness import command as witness

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Amanah: social assistance from the approved list to the recipient's hands, with a record outsiders can check.",
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("token")(tokens.token)
app.command("import")(lists.import_list)
app.command("schema")(schema.schema)
app.command("errors")(errors.errors)
app.command("actions")(actions.actions)
app.command("asyncapi")(asyncapi.asyncapi)
app.command("validate")(validate.validate)
app.command("doctor")(doctor.doctor)
app.add_typer(topics.app, name="topics")
app.add_typer(partners.app, name="partners")
app.add_typer(audit.app, name="audit")
app.add_typer(witness.app, name="witness")
app.add_typer(deadletter.app, name="deadletter")


def main() -> None:
    """Runs the command."""
    app()
