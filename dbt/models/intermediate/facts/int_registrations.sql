-- One row per registered customer number, with its person.
with

registered_customers as (
    select
        shop_customer_id,
        email,
        phone,
        line_user_id,
        created_at,
        birth_year,
        gender,
        prefecture,
        is_member,
        accepts_email,
        accepts_sms,
        accepts_ads,
        coalesce(updated_at, created_at, known_at) as stated_at
    from {{ ref('stg_customers') }}
),

int_registrations as (
    select
        registered_customers.shop_customer_id,
        {{ person_of(identifiers_of('customers')) }} as customer_id,
        registered_customers.birth_year,
        registered_customers.gender,
        registered_customers.prefecture,
        registered_customers.is_member,
        registered_customers.accepts_email,
        registered_customers.accepts_sms,
        registered_customers.accepts_ads,
        registered_customers.stated_at,
        registered_customers.created_at
    from registered_customers
    {{ person_joins('registered_customers', identifiers_of('customers')) }}
)

select * from int_registrations
