-- One row per person whom the shop has erased, or withdrawn: every customer record of the person is deleted.
with

withdrawn as (
    select shop_customer_id
    from {{ ref('stg_customers_withdrawn') }}
),

customers as (
    select shop_customer_id
    from {{ ref('stg_customers') }}
),

identifiers as (
    select
        customer_id,
        identifier_kind,
        identifier_value
    from {{ ref('int_identifiers') }}
),

numbers as (
    select
        customer_id,
        identifier_value as shop_customer_id
    from identifiers
    where identifier_kind = 'shop_customer_id'
),

-- An account that is left shows that the withdrawn one was only the second of two.
registered as (
    select numbers.customer_id
    from numbers
    inner join customers using (shop_customer_id)
    where not {{ is_pseudonym('shop_customer_id') }}
),

gone as (
    select numbers.customer_id
    from numbers
    inner join withdrawn using (shop_customer_id)
    union
    select customer_id
    from identifiers
    where {{ is_pseudonym('identifier_value') }}
),

int_erased_persons as (
    select customer_id
    from gone
    where customer_id not in (select customer_id from registered)
)

select * from int_erased_persons
