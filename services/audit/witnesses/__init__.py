"""Witnesses: their cosignatures and what they have seen."""
