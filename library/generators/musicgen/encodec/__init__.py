"""Sound to tokens and back."""
