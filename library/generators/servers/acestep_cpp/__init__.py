"""acestep.cpp's ace-server."""
