"""Imports: lists that offices hand in, staged and applied under four eyes."""
