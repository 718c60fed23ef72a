"""Lists that offices send, CSV and XLSX, as rows of text."""
