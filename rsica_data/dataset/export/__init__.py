"""A built dataset in other shapes: conversation formats, card, croissant."""
