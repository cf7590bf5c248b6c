"""What the model is conditioned on: text and melody."""
