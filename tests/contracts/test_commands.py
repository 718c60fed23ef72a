"""A request is a command when its handler lives among commands, and only then: what it changes and refuses is told."""

from typing import Any
from unittest.mock import Mock

import pytest

from amanah.contracts.message import Request
from amanah.runtime.rpc import Handler
from services.audit.api import handlers as audit
from services.audit.log.files import LogFiles
from services.distribution.api import handlers as distribution
from services.distribution.evidence.photos import Photos
from services.recipients.api import HANDLERS as RECIPIENTS
from services.reporting.api import HANDLERS as REPORTING

ASKED = [
    *audit(files=Mock(LogFiles)).items(),
    *distribution(photos=Photos()).items(),
    *RECIPIENTS.items(),
    *REPORTING.items(),
]


@pytest.mark.parametrize(("ask", "handler"), ASKED, ids=lambda it: it.__name__)
def test_commands_say_that_they_are(ask: type[Request[Any]], handler: Handler) -> None:
    assert ask.changes == ("commands" in handler.__module__.split("."))
    assert not (ask.changes and ask.shows_people), "what a command shows, its own entry tells"
