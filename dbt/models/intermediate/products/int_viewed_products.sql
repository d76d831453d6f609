-- One row per session and product (goods) looked at in it, of the last affinity_view_days.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

sessions as (
    select
        session_id,
        customer_id,
        session_date,
        {{ rows_of(parts_of('viewed_products', '|')) }} as product_id
    from {{ ref('sessions') }}
    cross join as_of
    where
        viewed_products is not null
        and session_date > as_of.as_of - {{ var('affinity_view_days') }}
),

other_kinds as (
    select product_id
    from {{ ref('stg_products') }}
    where kind != 'goods'
),

views as (
    select distinct
        session_id,
        customer_id,
        session_date,
        trim(product_id) as product_id
    from sessions
    where trim(product_id) != ''
),

-- Who looks at everything is a robot.
int_viewed_products as (
    select views.*
    from views
    anti join other_kinds on views.product_id = other_kinds.product_id
    qualify count(*) over (partition by session_id) <= {{ var('affinity_max_products') }}
)

select * from int_viewed_products
