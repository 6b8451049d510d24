"""Scenes of any size as tiled pairs: the parts of the source ``geotiff``.

``scene_options``   what a recipe may say
``opened_rasters``  headers of rasters, and a bounded cache of open files
``stac``            STAC items stored as JSON files
``bands``           named band maps: which bands are red, green and blue
``scene_grid``      the one grid of both dates, its tiles, and ground sample distances
``scene_layer``, ``layers``  one date on the grid; reading rasters on the grid, window by window
``validity``        clouds and other pixels to leave out
``stretch``         sample values to 8 bits
``register``        how far two scenes are apart, by phase correlation
``scene_labels``    masks, label maps and polygons on the grid
``place``           all of these for one recipe, kept open in each process
"""
