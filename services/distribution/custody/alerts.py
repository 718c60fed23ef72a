"""Alerts about packages."""

from datetime import datetime

from services.distribution.alerts.raising import NewAlert
from services.distribution.custody.documents import PackageDocument, of_package
from services.distribution.custody.rules import ALERT_RULES


def package_alert(rule: str, package: PackageDocument, at: datetime, detail: str, once: str = "") -> NewAlert:
    """An alert by one of custody's rules about a package."""
    return NewAlert(
        ALERT_RULES[rule], at, package["area"], package["round"], detail, "Package", package["_id"], once,
        of_package(package),
    )  # fmt: skip
