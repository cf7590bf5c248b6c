"""A checkpoint found, fetched, checked and built."""
