"""The customer-lifecycle warehouse.

Rooms (ingest, identity, predict, activate, publish) know their own trade; the Dagster modules beside them
join them.
"""
