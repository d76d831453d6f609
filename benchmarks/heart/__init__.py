"""The heart of the build in pandas: what a careful engineer would write instead of the SQL models.

A function for each step, of frames to frames; `benchmarks/pandas_heart.py` runs and times them.
"""
