"""Who is whom: from the links between identifiers to persons.

Which identifiers are linked, since when, on what evidence and in which order is decided in SQL
(`dbt/models/intermediate/identity`); here is only what SQL does badly, the walk over the graph.
"""
