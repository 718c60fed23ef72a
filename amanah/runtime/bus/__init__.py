"""How events travel: the bus and what every service does with it (outbox, consumer, dead letters)."""
