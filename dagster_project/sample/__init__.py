"""The sample shop: a fictional Japanese online shop whose truth is known, delivered as files.

`generate` is the way in. What is true lies in `truth/*.sql`, what the shop delivers of it in `feeds/*.sql`.
"""
