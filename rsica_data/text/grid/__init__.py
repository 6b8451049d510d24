"""The cells of the 3x3 grid that a reply names."""
