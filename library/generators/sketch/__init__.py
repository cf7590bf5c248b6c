"""A procedural synthwave sketcher, so that the loop can be met without weights: rules and chance, no neural model."""

from library.generators.sketch.sketcher import Sketcher

__all__ = ["Sketcher"]
