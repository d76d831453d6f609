"""The customer-lifecycle warehouse: rooms (ingest, identity, predict, activate, publish) and the Dagster hallway."""
