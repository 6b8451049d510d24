"""Source ``torchgeo``: any dataset that follows TorchGeo's sample protocol, by class name."""
