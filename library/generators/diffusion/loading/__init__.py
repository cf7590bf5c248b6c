"""A diffusers pipeline's folder: checked before anything of it is built, then built."""
