"""Prompts to try: from the vocabulary, from what won, and from a language model."""
