"""Search: entries found by what they name."""
