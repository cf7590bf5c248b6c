"""One library is open at a time."""
