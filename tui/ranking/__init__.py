"""The ranking on screen: bars, the grid of prompt x seed, and how far to trust it."""
