-- One row per person: how to reach the person. Not published.
with

persons as (
    select customer_id
    from {{ ref('int_persons') }}
),

contact_points as (
    select *
    from {{ ref('int_contact_points') }}
),

customers as (
    select
        shop_customer_id,
        name,
        prefecture,
        coalesce(birth_year, year(birth_date)) as birth_year,
        birth_date
    from {{ ref('stg_customers') }}
),

erased_persons as (
    select customer_id
    from {{ ref('int_erased_persons') }}
),

bounced_addresses as (
    select email
    from {{ ref('int_bounced_addresses') }}
),

working_points as (
    select contact_points.*
    from contact_points
    left join bounced_addresses
        on
            contact_points.identifier_kind = 'email'
            and contact_points.identifier_value = bounced_addresses.email
    where bounced_addresses.email is null
),

reached as (
    select
        persons.customer_id,
        max(working_points.identifier_value)
            filter (where working_points.identifier_kind = 'shop_customer_id') as shop_customer_id,
        max(working_points.identifier_value)
            filter (where working_points.identifier_kind = 'email') as email,
        max(working_points.identifier_value)
            filter (where working_points.identifier_kind = 'phone') as phone,
        max(working_points.identifier_value)
            filter (where working_points.identifier_kind = 'line_user_id') as line_user_id
    from persons
    left join working_points
        on persons.customer_id = working_points.customer_id
    group by persons.customer_id
),

int_contacts as (
    select
        reached.customer_id,
        reached.shop_customer_id,
        reached.email,
        reached.phone,
        reached.line_user_id,
        customers.name,
        customers.prefecture,
        customers.birth_year,
        customers.birth_date,
        erased_persons.customer_id is not null as is_erased
    from reached
    left join customers
        on reached.shop_customer_id = customers.shop_customer_id
    left join erased_persons
        on reached.customer_id = erased_persons.customer_id
)

select * from int_contacts
