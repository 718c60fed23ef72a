"""Readers of the documentation's pages."""

from pathlib import Path


def rows(page: Path) -> list[list[str]]:
    """The cells of all tables of a page."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]
