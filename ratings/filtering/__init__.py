"""What a listener types to find takes: read, explained, completed, kept."""
