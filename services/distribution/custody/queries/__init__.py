"""Queries on packages, places and balances."""
