"""Requests of a partner to the EPCIS interface."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from amanah.runtime.identity import person_id

BASE = "/epcis/v2"


class Partner:
    """A partner who sends requests. Its packages name it."""

    def __init__(self, street: Any, name: str = "Truk") -> None:
        self.street = street
        self.name = name
        self.id = person_id(name)
        self.token = street.token(name, "LOGISTICS", "32.01")

    async def request(
        self, method: str, path: str, body: Any = None, *, base: str = BASE, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body of a request; the body is JSON, unless it is given as bytes."""
        sent = {"authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        more: dict[str, Any] = {}
        if body is not None:
            sent.setdefault("content-type", "application/json")
            more["data"] = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = self.local(path) if path.startswith("http") else base + path
        status, answered, content = await self.street.request(method, url, headers=sent, **more)
        return status, answered, json.loads(content) if content else None

    async def get(self, path: str, **query: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body of a GET."""
        return await self.request("GET", path + ("?" + "&".join(f"{k}={quote(v)}" for k, v in query.items())))

    async def events(self, path: str = "/events", **query: str) -> list[str]:
        """The ids of the events that a query finds."""
        status, _, body = await self.get(path, **query)
        assert status == 200, body
        return [event["eventID"] for event in listed(body)]

    def local(self, url: str) -> str:
        """The path of an absolute address, which begins with the public URL of the installation."""
        public: str = self.street.runtime.settings.public_url
        assert url.startswith(public + BASE), url
        return url.removeprefix(public)


def listed(body: Any) -> list[Any]:
    """The events of an EPCISQueryDocument."""
    assert body["type"] == "EPCISQueryDocument"
    events: list[Any] = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return events


@pytest.fixture
def partner(street: Any) -> Partner:
    """A partner."""
    return Partner(street)


@pytest.fixture
def other(street: Any) -> Partner:
    """Another partner."""
    return Partner(street, "Kapal")
