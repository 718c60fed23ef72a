"""How messages leave for people's phones: one port, and a stand-in that only logs."""

from typing import Protocol

import structlog

from services.distribution.sms.rules import masked_number

log = structlog.get_logger()


class SmsSender(Protocol):
    """Sends SMS."""

    async def send(self, number: str, text: str) -> None:
        """Hands one message over for delivery. Raises Unavailable when it should be tried again."""
        ...


class NullSmsSender:
    """Sends nothing: it logs that a message would have gone, to which masked number and how long it was."""

    def warn(self) -> None:
        """Says that it is a stand-in."""
        log.warning("NO SMS ARE SENT: the SMS sender is a stand-in that only logs; see docs/partners/sms.md")

    async def send(self, number: str, text: str) -> None:
        """See SmsSender."""
        log.info("an SMS would be sent", number=masked_number(number), characters=len(text))
