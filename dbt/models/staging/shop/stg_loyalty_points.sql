-- One row per entry of a points account in force.
with

{{ rows_in_force('loyalty_points') }},

stg_loyalty_points as (
    select
        entry_id,
        customer_id as shop_customer_id,
        _email as email,
        occurred_at,
        points,
        lower(trim(reason)) as reason
    from in_force
)

select * from stg_loyalty_points
