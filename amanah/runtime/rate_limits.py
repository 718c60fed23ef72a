"""How many of something one caller has in a while."""

import time
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from amanah.contracts.errors import Throttled


class Exhausted(Throttled):
    """The caller's budget is spent until `retry_after` seconds have passed."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("throttled", seconds=retry_after)
        self.retry_after = retry_after


class Budget:
    """So many requests a caller and window, counted in this process."""

    def __init__(self, rate: str) -> None:
        self._rate = parse(rate)
        self.window = self._rate.get_expiry()
        """In seconds."""
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def spend(self, caller: str) -> None:
        """Counts one request of `caller`. Raises Exhausted when there is none left."""
        if not await self._limiter.hit(self._rate, caller):
            reset, _ = await self._limiter.get_window_stats(self._rate, caller)
            raise Exhausted(max(1, round(reset - time.time())))

    async def allows(self, caller: str) -> bool:
        """Counts one request of `caller`; whether there was one left."""
        return await self._limiter.hit(self._rate, caller)


def network(address: str) -> str:
    """Whose an address is, for a budget: of IPv6 the /64, all of which one subscriber has; otherwise the address itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found) >> 64 << 64, 64)))
