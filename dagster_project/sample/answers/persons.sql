-- One row per true person: the rate at which they buy on an average day, the chance of being lost
-- after each purchase, and what came of it. lost_on is null for those who were there to the end and
-- for those who never bought.
select
    persons.person,
    persons.kind,
    round(persons.purchase_rate, 8)::decimal(18, 8) as purchase_rate_per_day,
    round(persons.dropout, 6)::decimal(18, 6) as dropout,
    lives.purchases,
    lives.first_ordered_at,
    lives.last_ordered_at,
    lives.lost_on,
    lives.first_seen_at,
    lives.registered_at
from persons
inner join lives on persons.person_no = lives.person_no
order by persons.person
