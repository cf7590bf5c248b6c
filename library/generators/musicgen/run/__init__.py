"""One run of a loaded model: which takes go when, and what is told and kept of them."""
