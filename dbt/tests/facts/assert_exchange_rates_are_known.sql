-- Names the currencies and days whose amounts count as 0, because no rate of that day or before was delivered.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'int_missing_exchange_rates'}}}) }}

select
    currency,
    rate_date,
    affected_rows
from {{ ref('int_missing_exchange_rates') }}
