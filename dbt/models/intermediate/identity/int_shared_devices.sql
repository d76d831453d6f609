-- One row per device with more customer numbers, or e-mails, than max_customers_per_device.
with

pairs as (
    select
        identifier_b as identifier,
        kind_a
    from {{ ref('int_identifier_pairs') }}
    where kind_b = 'device_id'
),

counted as (
    select
        identifier,
        count(*) filter (where kind_a = 'shop_customer_id') as shop_customer_ids,
        count(*) filter (where kind_a = 'email') as emails
    from pairs
    group by identifier
),

int_shared_devices as (
    select
        identifier,
        shop_customer_ids,
        emails
    from counted
    where
        shop_customer_ids > {{ var('max_customers_per_device') }}
        or emails > {{ var('max_customers_per_device') }}
)

select * from int_shared_devices
