"""Access: users, grants and sessions."""
