"""Payments of cash rounds, from the proposal of a batch to the bank's report."""
