"""Rules of the register. Pure."""
