"""What changes the state of distribution: one function a use case, one transaction with its outbox event."""
