"""Assignments: which officer works where and when, and their work list."""
