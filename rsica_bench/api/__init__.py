"""The public face of the package: what ``import rsica_bench`` offers, made of the layers below."""
