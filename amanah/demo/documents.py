"""The operations that frontends send, taken word for word from `operations.graphql`."""

from functools import cache
from pathlib import Path

from graphql import OperationDefinitionNode, parse

_FILE = Path(__file__).with_name("operations.graphql")


def split(text: str) -> dict[str, str]:
    """The operations of a GraphQL document by name, each as its own text. Raises ValueError for one without a name."""
    operations = {}
    for definition in parse(text).definitions:
        if not isinstance(definition, OperationDefinitionNode) or definition.name is None or definition.loc is None:
            raise ValueError("a document for clients holds named operations only")
        operations[definition.name.value] = text[definition.loc.start : definition.loc.end]
    return operations


@cache
def operations() -> dict[str, str]:
    """The operations of the packaged file by name."""
    return split(_FILE.read_text(encoding="utf-8"))
