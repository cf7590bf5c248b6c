"""A procedural synthwave sketcher, so that the loop can be met without weights: rules and chance, no neural model."""
