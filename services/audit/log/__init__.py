"""The log: its entries' order, its published files and its proofs."""
