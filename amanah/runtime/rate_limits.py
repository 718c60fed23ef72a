"""Rate limits: so many requests of one caller in a window, counted in this process."""

import time
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from amanah.contracts.errors import Throttled


class RateLimitExceeded(Throttled):
    """The caller has no requests left until `retry_after` seconds have passed."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("throttled", seconds=retry_after)
        self.retry_after = retry_after


class RateLimiter:
    """Counts requests of each caller against a rate such as `600/minute`, in this process."""

    def __init__(self, rate: str) -> None:
        self._rate = parse(rate)
        self.window = self._rate.get_expiry()
        """Length of the window in seconds."""
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def hit(self, caller: str) -> None:
        """Counts one request of `caller`. Raises RateLimitExceeded if it is over the rate."""
        if not await self.try_hit(caller):
            reset, _ = await self._limiter.get_window_stats(self._rate, caller)
            raise RateLimitExceeded(max(1, round(reset - time.time())))

    async def try_hit(self, caller: str) -> bool:
        """Counts one request of `caller` and tells if it is within the rate."""
        return await self._limiter.hit(self._rate, caller)


def network(address: str) -> str:
    """Returns the caller that an address counts for: of IPv6 its /64, which one subscriber has; otherwise the address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found) >> 64 << 64, 64)))
