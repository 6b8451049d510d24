"""The public face of the package: what ``import rsica_data`` offers, made of the layers below."""
