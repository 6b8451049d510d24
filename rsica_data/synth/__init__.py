"""The synthetic land-cover change simulator, and writers of dataset layouts in miniature."""
