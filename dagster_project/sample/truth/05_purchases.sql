-- One row per true purchase of a person, in the shop's own time.
-- The number of purchases after which a person is lost is geometric in `dropout`; the times between
-- them are exponential in `purchase_rate`. What lies after the last day never happened.
create table purchases as
with lives as (
    select
        person_no,
        born_time,
        purchase_rate,
        1 + floor(ln(1 - uniform('lost', person_no)) / ln(1 - least(dropout, 0.999999))) as purchases_of_life,
        purchase_rate * (getvariable('days') - born_time) as expected
    from persons
    where kind != 'prospect'
),

steps as (
    select
        person_no,
        born_time,
        purchase_rate,
        purchases_of_life,
        -- Nobody buys more often than the rate makes possible: this bound cuts no row that would
        -- stay.
        unnest(range(1, 2 + least(purchases_of_life, ceil(expected + 7 * sqrt(expected) + 12))::bigint)) as purchase_no
    from lives
),

timed as (
    select
        person_no,
        purchase_no,
        purchases_of_life,
        born_time + sum(
            case
                when purchase_no > 1
                    then exponential('gap', person_no || '-' || purchase_no) / purchase_rate
                else 0
            end
        ) over (partition by person_no order by purchase_no) as purchase_time
    from steps
    where purchase_no <= purchases_of_life
)

select
    timed.person_no,
    timed.purchase_no,
    timed.purchase_no = timed.purchases_of_life as is_last_of_life,
    calendar.day as order_date,
    calendar.day + time_of_day('ordered', timed.person_no || '-' || timed.purchase_no) as ordered_at,
    calendar.is_summer_sale
from timed
asof join calendar on timed.purchase_time >= calendar.time_from
where timed.purchase_time < getvariable('days');

-- One row per person: when they were first there, registered and were lost.
create table lives as
with bought as (
    select
        person_no,
        count(*) as purchases,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        max(case when is_last_of_life then order_date end) as lost_on
    from purchases
    group by person_no
),

met as (
    select
        persons.person_no,
        persons.is_registered,
        persons.registers,
        coalesce(bought.purchases, 0) as purchases,
        bought.first_ordered_at,
        bought.last_ordered_at,
        bought.lost_on,
        coalesce(bought.first_ordered_at, calendar.day + time_of_day('met', persons.person_no)) as met_at
    from persons
    asof join calendar on persons.born_time >= calendar.time_from
    left join bought on persons.person_no = bought.person_no
)

select
    person_no,
    purchases,
    first_ordered_at,
    last_ordered_at,
    lost_on,
    greatest(
        getvariable('first_day')::timestamp + to_minutes(person_no % 1440),
        met_at - to_minutes((1440 * 12 * exponential('before', person_no))::integer)
    ) as first_seen_at,
    least(
        getvariable('last_day')::timestamp + to_minutes(1380),
        coalesce(last_ordered_at, met_at) + to_minutes((1440 * 45 * exponential('after', person_no))::integer)
    ) as last_seen_at,
    case
        when is_registered then least(
            getvariable('last_day')::timestamp + to_minutes(1380),
            greatest(getvariable('first_day')::timestamp, case registers
                when -1 then met_at - to_minutes(whole(30, 20000, uniform('register', person_no)))
                when 0 then met_at - to_minutes(3)
                else met_at + to_minutes(whole(30, 40000, uniform('register', person_no)))
            end))
    end as registered_at
from met;

-- One row per account in the shop. One registered person in fifty has two, and forgot the first.
create table accounts as
select
    persons.person_no,
    1 as account_no,
    persons.customer_id,
    persons.email,
    persons.phone,
    persons.line_user_id,
    lives.registered_at,
    null::varchar as joined_by
from persons
inner join lives on persons.person_no = lives.person_no
where persons.is_registered
union all
select
    persons.person_no,
    2 as account_no,
    'D' || substr(persons.customer_id, 2) as customer_id,
    'second.' || persons.email as email,
    case when persons.person_no % 100 = 7 then persons.phone end as phone,
    null as line_user_id,
    lives.last_ordered_at - interval 5 minute as registered_at,
    if(persons.person_no % 100 = 7, 'phone', 'rule') as joined_by
from persons
inner join lives on persons.person_no = lives.person_no
where
    persons.is_registered
    and persons.person_no % 50 = 7
    and lives.last_ordered_at > lives.registered_at + interval 10 minute;
