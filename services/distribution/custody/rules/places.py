"""Rules of places. Pure."""

from amanah.contracts.custody.packages import PlaceKind

HANDOVER_PLACES = frozenset({PlaceKind.POST, PlaceKind.DELIVERY_POINT})
"""Kinds of place where packages may be handed out."""
