"""Places, packages and custody."""
