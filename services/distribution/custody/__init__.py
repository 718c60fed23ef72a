"""Custody: packages from the warehouse to the place where they are handed out, reconciled at every leg."""
