"""Maps: reading OpenStreetMap and other labelled polygons, naming them, drawing them on an image's grid.

``features``     Feature, Bounds, FeatureSet: what a map holds
``map_files``    a map file of any kind as features; ``download`` the same from Overpass by osmnx
``scheme``       OSM tags to classes, line widths
``ground_grid``  the pixel grid of an image
``rasterize``    label maps on a grid; ``mask_outlines`` the way back, masks to polygons
``changes``      what differs between two states of a map, with a confidence and its reasons (``change_rules``)
``naming``       a change mask's objects named by the map
"""
