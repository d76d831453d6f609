"""The door: exports of shops' tools, recognised by what is in them, translated into rows of our feeds.

A format is one SQL file in `formats/`; Python here knows no vendor.
"""
