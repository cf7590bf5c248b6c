"""Sound files and samples: read, written, told apart by what they hold, and measured."""
