"""The check of an export beyond the log's own files: a selection's proofs, the table, the anchors and the announcement."""
