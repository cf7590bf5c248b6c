"""Generators that diffuse, through diffusers' pipelines: spectrograms as pictures, and sound's own latents."""
