"""Export of a log into a folder: its files, and the writer."""
