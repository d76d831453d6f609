-- One row per statement: given when registering, withdrawn later by some, and with every
-- unsubscription.
create table feeds.consents as
with given as (
    select
        accounts.person_no,
        accounts.customer_id,
        accounts.email,
        accounts.registered_at,
        unnest(['email', 'sms', 'line', 'push', 'ads']) as channel
    from accounts
),

stated as (
    select
        given.customer_id || '-' || given.channel || '-1' as consent_id,
        given.customer_id,
        given.email,
        given.channel,
        true as granted,
        given.registered_at as occurred_at
    from given
    inner join persons on given.person_no = persons.person_no
    where case given.channel
        when 'email' then persons.accepts_email
        when 'sms' then persons.accepts_sms
        when 'ads' then persons.accepts_ads
        when 'line' then persons.line_user_id is not null
        else persons.u_accepts < 0.15
    end
),

withdrawn as (
    select
        replace(consent_id, '-1', '-2') as consent_id,
        customer_id,
        email,
        channel,
        false as granted,
        occurred_at + to_hours(whole(200, 9000, uniform('withdrawn', consent_id))) as occurred_at
    from stated
    where channel != 'email' and uniform('withdraws', consent_id) < 0.08
    union all
    select
        message_id || '-stop' as consent_id,
        customer_id,
        email,
        channel,
        false as granted,
        sent_at + interval 30 hour as occurred_at
    from messages
    where is_unsubscribing and not is_bounced
)

select
    delivered_on(occurred_at::date, 6) as delivery,
    consent_id,
    customer_id,
    if(uniform('consent-email', consent_id) < 0.3, email, null) as email,
    channel,
    granted,
    occurred_at
from (
    select * from stated
    union all
    select * from withdrawn
)
where occurred_at::date <= getvariable('last_day');
