"""Training algorithms, one a file; each yields its iterates."""
