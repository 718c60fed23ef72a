"""A service reports on its workers."""

import asyncio

from amanah.runtime.service import Periodic, Service
from tests.waiting import eventually


class Ending(Periodic):
    """A worker that ends by itself, which none should."""

    async def run(self) -> None:
        await self.work()


async def _work() -> bool:
    await asyncio.sleep(0)
    return False


async def _nothing() -> None:
    pass


async def test_a_worker_that_has_ended_is_a_trouble() -> None:
    service = Service("test", prepare=_nothing, workers=[Ending("ending", _work), Periodic("lasting", _work)])
    async with service.running():
        (told,) = await eventually(service.troubles)
        assert told.startswith("ending: It has ended. Restart the service")
    assert service.troubles() == []
