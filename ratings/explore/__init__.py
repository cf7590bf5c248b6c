"""What to make next, while somebody listens: the prompts that most likely lead to the best takes."""
