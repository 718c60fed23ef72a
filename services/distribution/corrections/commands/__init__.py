"""Commands on corrections."""
