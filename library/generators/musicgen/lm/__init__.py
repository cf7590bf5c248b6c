"""The language model: tokens drawn side by side, each take its own."""
