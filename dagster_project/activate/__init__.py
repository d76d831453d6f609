"""Segments as files that other tools take in: who may be in them, what changed, and how each tool wants them.

Knows the warehouse's segment members, contacts and consents; holds no business rule about who is in a segment
(that is SQL in `dbt/models/segments`). What a tool wants is said in `destinations/<destination>.yml`.
"""
