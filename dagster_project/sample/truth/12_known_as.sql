-- One row per order with a person: as whom the shop knows the buyer in that moment.
create table order_identities as
select
    orders.order_no,
    accounts.customer_id,
    coalesce(accounts.email, persons.email) as email,
    persons.phone,
    orders.is_logged_in
from orders
inner join persons on orders.person_no = persons.person_no
left join accounts on
    orders.person_no = accounts.person_no
    and orders.is_logged_in
    and accounts.registered_at <= orders.ordered_at
qualify row_number() over (partition by orders.order_no order by accounts.account_no desc nulls last) = 1;

-- One row per message sent in a campaign: the newsletter every month, LINE and push to some, until
-- the recipient has had enough.
create table messages as
with occasions as (
    select
        day,
        strftime(day, '%Y%m') as month_text,
        unnest(['email', 'line', 'push', 'sms']) as channel
    from calendar
    where day(day) = 12
),

recipients as (
    select
        accounts.person_no,
        accounts.customer_id,
        accounts.email,
        accounts.registered_at,
        persons.happiness,
        persons.accepts_email,
        persons.accepts_sms,
        persons.line_user_id is not null as has_line,
        persons.u_accepts
    from accounts
    inner join persons on accounts.person_no = persons.person_no
    where accounts.account_no = 1
),

sent as (
    select
        recipients.*,
        occasions.channel,
        if(occasions.channel = 'email', 'nl-', occasions.channel || '-') || occasions.month_text
            as campaign_id,
        occasions.day + interval 10 hour + to_seconds(recipients.person_no % 1200) as sent_at,
        occasions.channel || '-' || occasions.month_text || '-' || recipients.customer_id as message_id
    from recipients
    inner join occasions on recipients.registered_at < occasions.day
    where
        occasions.channel = 'email' and recipients.accepts_email
        or occasions.channel = 'line' and recipients.has_line and month(occasions.day) % 3 = 0
        or occasions.channel = 'push' and recipients.u_accepts < 0.15 and month(occasions.day) % 2 = 0
        or occasions.channel = 'sms' and recipients.accepts_sms and month(occasions.day) in (7, 12)
),

tired as (
    select
        *,
        uniform('unsubscribed', message_id) < 0.008 as is_unsubscribing
    from sent
)

select
    *,
    uniform('bounced', message_id) < 0.02 as is_bounced,
    uniform('opened', message_id) < 0.36 + 0.08 * happiness as is_opened,
    uniform('clicked', message_id) < 0.09 + 0.02 * happiness as is_clicked
from tired
qualify coalesce(
    sum(is_unsubscribing::integer) over (
        partition by person_no, channel order by sent_at rows between unbounded preceding and 1 preceding
    ), 0) = 0;
