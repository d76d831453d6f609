-- One row per person and interval: lapsed after buying more than once, and not for too long.
with

lifecycle_stages as (
    select
        customer_id,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
    where stage = 'churned'
),

regulars as (
    select
        customer_id,
        order_date as became_regular_on
    from {{ ref('orders') }}
    where order_number = {{ var('win_back_orders') }}
),

win_back as (
    select
        lifecycle_stages.customer_id,
        lifecycle_stages.valid_from,
        least(
            lifecycle_stages.valid_from + {{ var('win_back_days') }}, lifecycle_stages.valid_to
        ) as valid_to
    from lifecycle_stages
    inner join regulars
        on
            lifecycle_stages.customer_id = regulars.customer_id
            and lifecycle_stages.valid_from > regulars.became_regular_on
)

select * from win_back
