"""Rules of assignments. Pure."""
