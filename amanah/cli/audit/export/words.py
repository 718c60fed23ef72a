"""Indonesian words for actions: `distribution:handover:accept` is "menerima serah terima"."""

from amanah.contracts.audit.actions import ACTIONS


def describe_action(action: str) -> str:
    """Describes an action in Indonesian. An action that this version does not know is left as its verb and noun."""
    if (known := ACTIONS.get(action)) is not None:
        return known.indonesian
    _, _, rest = action.partition(":")
    noun, _, verb = rest.partition(":")
    return f"{verb} {noun}".strip()
