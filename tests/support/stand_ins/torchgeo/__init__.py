"""A stand-in for TorchGeo in tests: classes whose samples have the keys, shapes, types and values of the real ones.

Written after TorchGeo's source at commit 65507dc (2025-09) and its releases 0.6.2 and 0.7.1. Files are fewer.
"""
