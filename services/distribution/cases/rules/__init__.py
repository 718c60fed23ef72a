"""Rules of cases. Pure."""
