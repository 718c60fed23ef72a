"""Fixture of payments: a cash round."""

from collections.abc import Callable

import pytest

from amanah.contracts.actor import Actor
from tests.integration.distribution.payments.cash import Cash
from tests.integration.distribution.scene import Scene


@pytest.fixture
def cash(scene: Scene, person: Callable[..., Actor]) -> Cash:
    return Cash(scene, person)
