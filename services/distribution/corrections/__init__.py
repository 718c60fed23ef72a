"""Corrections: a handover recorded wrongly is reversed by two people, and stays on record."""
