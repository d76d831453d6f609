-- One row per delivery of a registration: when made, and when its owner changed it.
create table feeds.customers as
with changed as (
    select
        accounts.*,
        case
            when uniform('profile', accounts.customer_id) < 0.25
                then accounts.registered_at
                    + to_hours(whole(20, 6000, uniform('profile-hours', accounts.customer_id)))
        end as profile_at
    from accounts
),

deliveries as (
    select distinct
        customer_id,
        delivered_on(unnest([registered_at::date, profile_at::date]), 3) as delivery
    from changed
)

select
    deliveries.delivery,
    changed.customer_id,
    changed.email,
    phone_as_typed(changed.phone, uniform('registered-phone', changed.customer_id)) as phone,
    persons.name,
    changed.registered_at as created_at,
    if(changed.profile_at::date <= deliveries.delivery, changed.profile_at, changed.registered_at)
        as updated_at,
    if(persons.birth_year % 5 > 0, persons.birth_year, null) as birth_year,
    -- Fewer tell the day than the year.
    case
        when persons.birth_year % 5 > 0 and uniform('birthday-told', persons.person_no) < 0.6
            then make_date(persons.birth_year, 1, 1)
                + whole(0, 364, uniform('birthday', persons.person_no))::integer
    end as birth_date,
    persons.gender,
    persons.prefecture,
    if(changed.profile_at::date > deliveries.delivery, null, changed.line_user_id) as line_user_id,
    persons.is_member,
    persons.accepts_email,
    persons.accepts_sms,
    persons.accepts_ads
from deliveries
inner join changed on deliveries.customer_id = changed.customer_id
inner join persons on changed.person_no = persons.person_no
where deliveries.delivery <= getvariable('last_day');
