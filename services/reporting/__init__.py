"""Figures of a distribution, counted as events arrive, and the reports made of them."""
