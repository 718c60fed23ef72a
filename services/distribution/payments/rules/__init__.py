"""Payments of cash rounds: what may be paid, how banks are told, and how their answers are understood."""
