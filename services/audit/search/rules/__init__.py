"""Rules of search terms. Pure."""
