"""Duplicates on a list or on the register."""
