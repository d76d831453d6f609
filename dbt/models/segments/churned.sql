-- One row per person and interval: from the day of having churned.
with

lifecycle_stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
),

churned as (
    select
        customer_id,
        valid_from,
        valid_to
    from lifecycle_stages
    where stage = 'churned'
)

select * from churned
