"""Pure rules of counting."""
