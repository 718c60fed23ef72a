"""Commands on places, packages and custody."""
