"""What is read of the log: its entries within the viewer's scope (`entries.py`), and what it proves (`proofs.py`)."""
