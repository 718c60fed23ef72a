"""Handovers and their evidence."""
