-- One row per person and identifier by which the deliveries name them. A device shared by several
-- persons stands once for each.
with named as (
    select person_no, 'shop_customer_id' as kind, customer_id as value from accounts
    union
    select person_no, 'email', email from accounts
    union
    select person_no, 'email', email from persons
    union
    select person_no, 'phone', phone from persons
    union
    select person_no, 'line_user_id', line_user_id
    from persons
    where is_registered and line_user_id is not null
    union
    select person_no, 'device_id', device_id from devices
)

select
    persons.person,
    named.kind,
    named.value
from named
inner join persons on named.person_no = persons.person_no
order by all
