"""SMS senders: the port, and a stand-in that only logs."""

from typing import Protocol

import structlog

from services.distribution.messages.rules import masked_number

log = structlog.get_logger()


class SmsSender(Protocol):
    """Sends SMS."""

    async def send(self, number: str, text: str) -> None:
        """Hands one message over for delivery. Raises Unavailable when it should be tried again."""
        ...


class NullSmsSender:
    """Sends nothing; logs the masked number and the length of every message."""

    def warn(self) -> None:
        """Logs that no SMS are sent."""
        log.warning("NO SMS ARE SENT: the SMS sender is a stand-in that only logs; see docs/partners/sms.md")

    async def send(self, number: str, text: str) -> None:
        """Logs instead of sending."""
        log.info("an SMS would be sent", number=masked_number(number), characters=len(text))
