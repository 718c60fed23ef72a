"""The rules of counting and reporting, pure."""
