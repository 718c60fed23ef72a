"""Outgoing messages to people's phones."""
