"""What listeners said, what it implies, what to hear next and what to take away."""
