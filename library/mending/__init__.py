"""What `doctor` looks for in a library, and mends."""
