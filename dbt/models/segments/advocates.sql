-- One row per person and interval: while recommending the shop.
with

lifecycle_stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
),

advocates as (
    select
        customer_id,
        valid_from,
        valid_to
    from lifecycle_stages
    where stage = 'advocacy'
)

select * from advocates
