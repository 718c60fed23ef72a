"""Access: users, the roles that their tokens grant, and sessions."""
