"""A row of a list that is wrong: where it is wrong, and the code that says how. The table of errors has the messages."""

from dataclasses import dataclass

from amanah.contracts.errors import error_text


@dataclass(frozen=True)
class Problem:
    """One cell that is wrong: the row as the spreadsheet counts it, and the column as the office named it."""

    row: int
    column: str
    code: str

    @property
    def message(self) -> str:
        """The English message of the code."""
        return error_text(self.code).en
