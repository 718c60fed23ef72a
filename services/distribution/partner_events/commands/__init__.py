"""Commands on partner events."""
