"""A page on which others listen to the best takes."""
