"""Requests to the time-stamping authority (RFC 3161)."""

import aiohttp

from amanah.tlog import timestamps
from amanah.tlog.timestamps import Authority, NotStamped
from services.audit.settings import AuditSettings

ANSWER_WITHIN_S = 20.0


def configured_authority(settings: AuditSettings) -> Authority | None:
    """Returns the certificates of the authority that the settings name, if they name one."""
    if settings.tsa_url is None or settings.tsa_certificates is None:
        return None
    return Authority(settings.tsa_certificates.read_bytes())


def open_session() -> aiohttp.ClientSession:
    """Opens a session for requests to the authority."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S))


async def request_timestamp(session: aiohttp.ClientSession, url: str, trusted: Authority, data: bytes) -> bytes:
    """Returns a time stamp of `data` that verifies. Raises NotStamped; aiohttp.ClientError or TimeoutError without an answer."""
    query = timestamps.ask(data)
    headers = {"content-type": timestamps.REQUEST_TYPE, "accept": timestamps.ANSWER_TYPE}
    async with session.post(url, data=query.as_bytes(), headers=headers) as response:
        if response.status != 200:
            raise NotStamped(f"the authority answered {response.status}")
        answer = b""
        async for piece in response.content.iter_any():
            answer += piece
            if len(answer) > timestamps.LARGEST:
                raise NotStamped("the authority's answer is too long")
    trusted.check(answer, data, query)
    return answer
