"""Commands on handovers."""
