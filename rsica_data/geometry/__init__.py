"""Cells of the 3x3 grid, boxes, where a raster lies on the ground."""
