"""Event bus, and its use by every service: outbox, consumer, dead letters."""
