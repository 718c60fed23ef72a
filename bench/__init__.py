"""Benchmarks that compare side by side."""
