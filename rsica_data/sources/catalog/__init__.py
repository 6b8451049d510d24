"""Datasets of the field as pages of YAML: what a page may say, how its folders are read, told of and written."""
