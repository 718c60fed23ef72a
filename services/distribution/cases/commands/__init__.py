"""Commands on cases."""
