"""From files in the landing zone to Parquet in the lake: knows files and contracts, no business rule."""
