"""Child processes of our own: one way to start them, speak to them and end them."""
