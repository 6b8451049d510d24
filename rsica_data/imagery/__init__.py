"""Image and raster files: opened, bounded, decoded and encoded; masks; the orientation of pictures."""
