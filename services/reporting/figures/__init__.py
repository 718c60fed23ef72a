"""Figures of a distribution, counted as events arrive."""
