"""Rules of lists, rows and cells. Pure."""
