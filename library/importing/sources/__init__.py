"""Where words may stand beside the tags: files beside the sound, and the sheet; and text in any encoding."""
