"""Writes `examples/sukamaju/`: `python -m amanah.demo.example`. The same code gives the same files."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

from amanah.demo.damage import SpoiledRows
from amanah.demo.people import people
from amanah.demo.program import WIB, Timetable, leftover, loads
from amanah.demo.sheet import DEFAULT_RECIPIENTS, DEFAULT_SEED, EXAMPLE, rows, workbook
from amanah.demo.shipments import documents, unknown_package

BEGAN = datetime(2026, 11, 24, 15, 0, tzinfo=WIB)
"""The moment at which the committed shipment documents play; the demo sends the same with the times of its own day."""


def villages(spoiled: SpoiledRows) -> dict[str, int]:
    """Number of acceptable people of the default list, by village code."""
    listed = people(DEFAULT_RECIPIENTS, DEFAULT_SEED)
    fatal = {index for index, damage in spoiled.damages.items() if damage.fatal}
    return dict(Counter(person.village.code for index, person in enumerate(listed) if index not in fatal))


def files() -> dict[str, bytes]:
    """The generated files of the example by path."""
    spoiled = rows(DEFAULT_RECIPIENTS, DEFAULT_SEED)
    accepted = villages(spoiled)
    packages, times = [*loads(accepted), leftover()], Timetable(BEGAN, max(accepted.values()))
    shipments = documents(packages, times) | {"rejected-unknown-package.json": unknown_package(packages[0], times)}
    documents_by_path = {
        f"shipments/{name}": f"{json.dumps(document, indent=2)}\n".encode() for name, document in shipments.items()
    }
    return {"penerima.xlsx": workbook(spoiled)} | documents_by_path


def write(folder: Path) -> None:
    """Writes them below `folder`."""
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    write(EXAMPLE)
