-- One row per person and interval: from the day of being at risk of not coming back.
with

lifecycle_stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
),

at_risk as (
    select
        customer_id,
        valid_from,
        valid_to
    from lifecycle_stages
    where stage = 'at_risk'
)

select * from at_risk
