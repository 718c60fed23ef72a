"""Queries on handovers."""
