"""Best to worst: takes, prompts and seeds by the posterior, and how far to trust it."""
