"""The customer-lifecycle warehouse.

Rooms (ingest, identity, predict, activate, publish) know their own trade; the Dagster modules beside them
join them.
"""

import os

# Whatever is written, by a command or by Dagster, holds or tells of persons: it is for its owner only.
os.umask(0o077)
