"""Dataset layouts: image pairs out, nothing else. One file a layout."""
