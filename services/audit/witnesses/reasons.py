"""Reasons for a missing cosignature, as an alert shows them."""

import aiohttp

_MEANS = {
    400: "it does not understand the question",
    403: "it does not trust the log's key, or lets nobody in",
    404: "it does not know this log, or has another address",
    429: "it is asked too often",
}


def answered(status: int) -> str:
    """Returns the reason for an answer with another status than the one that counts (C2SP tlog-witness, "add-checkpoint")."""
    means = _MEANS.get(status)
    return f"it answered {status}{f': {means}' if means else ''}"


def unanswered(error: Exception, timeout: float) -> str:
    """Returns the reason for a failed request."""
    match error:
        case TimeoutError():
            return f"no answer within {timeout:g} s"
        case aiohttp.ClientConnectorDNSError():
            return "the name in its address is not known"
        case aiohttp.ClientSSLError():
            return "no TLS connection comes about; is its certificate valid, and its address right?"
        case aiohttp.ClientConnectorError():
            return "nothing answers there"
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError():
            return "what answers there is no HTTP"
        case aiohttp.ClientConnectionError() | OSError():
            return "it hung up without an answer"
        case _:
            return "it cannot be asked at this address"
