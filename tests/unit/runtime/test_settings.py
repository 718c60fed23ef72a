"""Settings that are wrong are named at start, not found out by what happens."""

import pytest

from amanah.runtime import settings
from amanah.runtime.settings import BadSettings


@pytest.mark.parametrize("proxies", ["*", "proxy.example.org", "10.0.0.1/8", "10.0.0.1 10.0.0.2"])
def test_who_is_believed_is_an_address_or_a_network(monkeypatch: pytest.MonkeyPatch, proxies: str) -> None:
    monkeypatch.setenv("AMANAH_TRUSTED_PROXIES", proxies)
    with pytest.raises(BadSettings, match="AMANAH_TRUSTED_PROXIES"):
        settings.load()


def test_nobody_is_believed_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMANAH_TRUSTED_PROXIES", raising=False)
    assert settings.load().trusted_proxies == ""


@pytest.mark.parametrize("name", ["AMANAH_REFUSALS_RECORDED", "AMANAH_STRANGERS_RECORDED"])
def test_a_rate_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "sixty")
    with pytest.raises(BadSettings, match=name):
        settings.load()
