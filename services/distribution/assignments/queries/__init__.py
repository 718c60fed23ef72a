"""Queries on assignments and work lists."""
