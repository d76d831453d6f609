-- At as_of, nobody outside the segment is worth as much as somebody in it, and it is as large as its share.
{{ config(meta={'dagster': {'ref': {'name': 'segment_members'}}}) }}

with

buyers as (
    select
        orders.customer_id,
        sum(orders.net_revenue) as revenue
    from {{ ref('orders') }} as orders
    cross join {{ ref('int_as_of') }} as as_of
    where
        orders.is_valid
        and orders.customer_id is not null
        and orders.order_date > as_of.as_of - {{ var('high_value_days') }}
    group by orders.customer_id
),

members as (
    select customer_id
    from {{ ref('segment_members') }}
    where segment = 'high_value' and valid_to is null
),

compared as (
    select
        count(*) as buyers,
        count(members.customer_id) as members,
        min(buyers.revenue) filter (where members.customer_id is not null) as least_inside,
        max(buyers.revenue) filter (where members.customer_id is null) as most_outside
    from buyers
    left join members
        on buyers.customer_id = members.customer_id
)

select *
from compared
where
    least_inside <= 0
    or most_outside >= least_inside
    or (
        members < ceil(cast({{ var('high_value_share') }} as decimal(9, 6)) * buyers)
        and most_outside > 0
    )
