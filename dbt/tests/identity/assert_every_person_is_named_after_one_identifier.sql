-- Fails if a person is named after no identifier, after several, or not after the first one.
select
    customer_id,
    count(*) filter (where is_first) as names
from {{ ref('int_identifiers') }}
group by customer_id
having
    count(*) filter (where is_first) <> 1
    or min(first_seen_at) <> min(first_seen_at) filter (where is_first)
    or count(distinct component) > 1
