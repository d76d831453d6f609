-- One row per recommendation: of an earlier buyer to somebody who later bought for the first time,
-- or to somebody who never came.
create table referrals as
with buyers as (
    select
        lives.person_no,
        lives.first_ordered_at,
        accounts.customer_id,
        accounts.registered_at,
        row_number() over (order by lives.first_ordered_at, lives.person_no) as place
    from lives
    left join accounts on lives.person_no = accounts.person_no and accounts.account_no = 1
    where lives.purchases > 0
),

met as (
    select
        referee.person_no as referee_no,
        referee.first_ordered_at,
        -- Somebody who bought a little before.
        referee.place - whole(5, 40, uniform('referrer', referee.person_no)) as referrer_place
    from buyers as referee
    where uniform('referee', referee.person_no) < 0.09
),

came as (
    select
        referrer.person_no as referrer_no,
        referrer.customer_id as referrer_customer_id,
        met.referee_no,
        met.first_ordered_at - to_minutes(whole(20, 9000, uniform('referred', met.referee_no))) as created_at
    from met
    inner join buyers as referrer on met.referrer_place = referrer.place
    where referrer.registered_at < met.first_ordered_at - interval 9001 minute
)

select
    referrer_no,
    referrer_customer_id,
    referee_no,
    persons.email as referee_email,
    created_at,
    orders.order_id
from came
inner join persons on came.referee_no = persons.person_no
left join orders on came.referee_no = orders.person_no and orders.purchase_no = 1
union all
select
    person_no as referrer_no,
    customer_id as referrer_customer_id,
    null as referee_no,
    'friend.' || person_no || '@example.com' as referee_email,
    registered_at + interval 3 day as created_at,
    null as order_id
from buyers
where
    registered_at < getvariable('last_day') - interval 4 day
    and uniform('referred-in-vain', person_no) < 0.04;
