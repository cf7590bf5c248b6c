"""The gates to the disk: nothing else in `library` and `ratings` opens, makes, renames or removes a file."""
