"""Judged takes as data that models are trained on."""
