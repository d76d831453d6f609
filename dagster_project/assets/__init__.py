"""Thin assets, one module per room: read, call the room's pure function, write, report metadata."""
