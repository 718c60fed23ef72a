"""The child that reads one list: `python -m services.recipients.imports.spreadsheet SOURCE TARGET BYTES`.

It answers on standard output with one JSON object: the header and the number of rows, or the refusal.
"""

import resource
import sys
from pathlib import Path

import orjson

from amanah.contracts.errors import Refused
from services.recipients.imports.spreadsheet.formats import load

_CPU_SECONDS = 240


def main() -> None:
    """Reads within the bounds. Beyond them the kernel ends the process, which its parent takes as too large."""
    source, target, memory = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the list
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    try:
        header, rows = load(source)
        rows.write_ipc(target)
        answer = {"row": header.row, "columns": header.columns, "labels": header.labels, "rows": rows.height}
    except Refused as refused:
        answer = {"code": refused.code, "message": refused.message, "field": refused.field}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
