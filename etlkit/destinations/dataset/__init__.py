"""Dataset folders as destinations: parts, and a commit log that says which of them count."""
