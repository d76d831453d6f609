-- One row per customer number in force.
with

{{ rows_in_force('customers') }},

stg_customers as (
    select
        customer_id as shop_customer_id,
        _email as email,
        _phone as phone,
        name,
        created_at,
        {{ if_known('updated_at') }} as updated_at,
        coalesce(created_at, cast(delivery as timestamp)) as known_at,
        birth_year,
        birth_date,
        gender,
        prefecture,
        line_user_id,
        is_member,
        accepts_email,
        accepts_sms,
        accepts_ads
    from in_force
)

select * from stg_customers
