"""The rating model: one posterior over takes, prompts and seeds, what to hear next, when to stop, whom to trust."""
