-- One row per refund in force.
with

{{ rows_in_force('refunds') }},

stg_refunds as (
    select
        refund_id,
        order_id,
        refunded_at,
        amount,
        reason
    from in_force
)

select * from stg_refunds
