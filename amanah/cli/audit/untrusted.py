"""JSON that others wrote: in a folder that was handed over, in an entry, in a gateway's answer. It may be meant to stop who reads it."""

from typing import Any

import orjson


def parsed(data: bytes) -> dict[str, Any]:
    """The fields of an object in JSON. Raises ValueError on anything else, and on what is nested too deep to be read.

    What the fields hold is not looked at. It may still be too deep to be printed: print strings alone.
    """
    fields = orjson.loads(data)
    if not isinstance(fields, dict):
        raise ValueError("it is no object in JSON")
    return fields
