"""docs/operate/settings.md is the output of `amanah doctor --settings`, and the pages name no other setting."""

import re
from pathlib import Path

from amanah.cli.doctor import settings_page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operate" / "settings.md"
# Read before there are settings, or by others: tests, the object store, and the programs of partners.
OUTSIDE = {
    "AMANAH_TOKEN", "AMANAH_IMAGE", "AMANAH_PORT", "AMANAH_FLOOD", "S3_CORS_ORIGINS",
    "KAFKA_SERVERS", "KAFKA_SECURITY", "KAFKA_USER", "KAFKA_PASSWORD", "KAFKA_COMPRESSION",
}  # fmt: skip


def test_the_page_is_made_from_the_settings() -> None:
    assert PAGE.read_text() == settings_page(), "run: amanah doctor --settings > docs/operate/settings.md"


def test_every_variable_that_a_page_names_is_on_it() -> None:
    known = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)) | OUTSIDE
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / ".env.example"]
    for page in pages:
        named = set(re.findall(r"\b(?:AMANAH|S3|MONGO|KAFKA)_[A-Z][A-Z_]*[A-Z]\b", page.read_text()))
        assert named <= known, f"{page.relative_to(ROOT)} names {sorted(named - known)}"
