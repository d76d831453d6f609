-- One row per sign-up of somebody who has not bought yet.
create table feeds.leads as
with signed_up as (
    select
        persons.person_no,
        persons.email,
        persons.customer_id,
        owned.first_device,
        lives.registered_at,
        lives.first_seen_at
            + to_seconds(floor(
                date_diff('second', lives.first_seen_at, coalesce(lives.first_ordered_at, lives.last_seen_at))
                * uniform('lead', persons.person_no))::bigint) as created_at
    from persons
    inner join lives on persons.person_no = lives.person_no
    inner join devices_of_persons as owned on persons.person_no = owned.person_no
    where uniform('is-lead', persons.person_no) < if(persons.kind = 'prospect', 0.8, 0.22)
)

select
    delivered_on(created_at::date, 6) as delivery,
    format('L{:07d}', person_no) as lead_id,
    if(registered_at <= created_at, customer_id, null) as customer_id,
    email,
    first_device as device_id,
    pick(['newsletter', 'newsletter', 'newsletter', 'form', 'webinar', 'chat', 'trial'],
        uniform('lead-kind', person_no)) as kind,
    created_at,
    pick(['new', 'contacted', 'qualified'], uniform('lead-status', person_no)) as status,
    if(uniform('lead-campaign', person_no) < 0.4, pick(['g-shopping', 'm-prospecting', 'l-friends'], uniform('lead-campaign', person_no) / 0.4), null)
        as campaign_id
from signed_up;
