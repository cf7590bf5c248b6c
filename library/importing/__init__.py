"""Loading takes that other tools made: which files, where they came from, into a batch."""
