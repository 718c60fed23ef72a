"""Exact duplicates on a list or on the register."""
