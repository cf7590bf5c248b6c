"""A page on which others judge blind, and what they send back."""
