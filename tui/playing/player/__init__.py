"""The audio process, its client, and what both mean by playing."""
