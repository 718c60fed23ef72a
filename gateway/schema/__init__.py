"""The GraphQL schema: one module an owner; each type has a function beside it that makes it from its owner's view."""
