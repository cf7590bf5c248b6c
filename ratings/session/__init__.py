"""A listening session without a screen: its plan, what to hear next, when it is over, and what came of it."""
