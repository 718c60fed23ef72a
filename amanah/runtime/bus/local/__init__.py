"""The bus of one machine: a durable log in a single SQLite file that several processes may share."""

from amanah.runtime.bus.local.bus import LocalBus

__all__ = ["LocalBus"]
