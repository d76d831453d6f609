-- One row per person and kind of identifier to be reached by: the one to use.
with

identifiers as (
    select
        identifier_kind,
        identifier_value,
        customer_id,
        first_seen_at
    from {{ ref('int_identifiers') }}
    where identifier_kind <> 'device_id' and not {{ is_pseudonym('identifier_value') }}
),

customers as (
    select
        *,
        coalesce(updated_at, created_at, known_at) as stated_at
    from {{ ref('stg_customers') }}
),

orders as (
    select *
    from {{ ref('stg_orders') }}
),

uses as (
    select
        'shop_customer_id' as identifier_kind,
        shop_customer_id as identifier_value,
        stated_at,
        cast(null as timestamp) as ordered_at
    from customers
    union all
    select 'email', email, stated_at, null from customers
    union all
    select 'phone', phone, stated_at, null from customers
    union all
    select 'line_user_id', line_user_id, stated_at, null from customers
    union all
    select 'shop_customer_id', shop_customer_id, null, ordered_at from orders
    union all
    select 'email', email, null, ordered_at from orders
    union all
    select 'phone', phone, null, ordered_at from orders
),

last_uses as (
    select
        identifier_kind,
        identifier_value,
        max(stated_at) as last_stated_at,
        max(ordered_at) as last_ordered_at
    from uses
    where identifier_value is not null
    group by identifier_kind, identifier_value
),

-- From the latest customer record, else the latest order, else the identifier seen last.
int_contact_points as (
    select
        identifiers.customer_id,
        identifiers.identifier_kind,
        identifiers.identifier_value
    from identifiers
    left join last_uses using (identifier_kind, identifier_value)
    qualify row_number() over (
        partition by identifiers.customer_id, identifiers.identifier_kind
        order by
            last_uses.last_stated_at desc nulls last,
            last_uses.last_ordered_at desc nulls last,
            identifiers.first_seen_at desc nulls last,
            identifiers.identifier_value
    ) = 1
)

select * from int_contact_points
