"""ComfyUI, by a workflow of the user's."""
