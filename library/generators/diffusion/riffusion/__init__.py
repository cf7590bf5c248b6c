"""Riffusion: Stable Diffusion on pictures of spectrograms."""
