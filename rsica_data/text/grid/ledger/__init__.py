"""Prose on changes that goes from cell to cell over several sentences, read with a ledger of classes and cells."""
