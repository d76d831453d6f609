-- One row per person and year: the month of the birthday, from registering on.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

contacts as (
    select
        customer_id,
        birth_date
    from {{ ref('int_contacts') }}
    where birth_date is not null
),

registrations as (
    select
        customer_id,
        cast(min(created_at) as date) as registration_date
    from {{ ref('int_registrations') }}
    where customer_id is not null
    group by customer_id
),

months as (
    select
        contacts.customer_id,
        registrations.registration_date,
        cast(
            date_trunc('month', contacts.birth_date) + ages.age * interval 1 year as date
        ) as month_start
    from contacts
    inner join registrations
        on contacts.customer_id = registrations.customer_id
    cross join as_of
    cross join range(150) as ages (age)
    where
        year(contacts.birth_date) + ages.age
        between year(registrations.registration_date) and year(as_of.as_of)
),

birthday_month as (
    select
        customer_id,
        greatest(month_start, registration_date) as valid_from,
        cast(month_start + interval 1 month as date) as valid_to
    from months
    where registration_date < month_start + interval 1 month
)

select * from birthday_month
