"""What checks Earmark. A package, so that no other of this name, as some libraries bring one, comes before it."""
