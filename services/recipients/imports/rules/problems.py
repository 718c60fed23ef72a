"""Problems in the rows of a list. The error table (`amanah.contracts.errors`) has the messages of their codes."""

from dataclasses import dataclass

from amanah.contracts.errors import error_text


@dataclass(frozen=True)
class Problem:
    """A wrong cell: the row as the spreadsheet counts it, the column as the office named it, and the error code."""

    row: int
    column: str
    code: str

    @property
    def message(self) -> str:
        """The English message of the code."""
        return error_text(self.code).en
