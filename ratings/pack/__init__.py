"""Takes in one file with all that is needed to make them again elsewhere."""
