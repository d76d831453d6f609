-- One row per day and campaign. Costs follow the season and the number of customers; meta bills in
-- dollars.
create table feeds.marketing_spend as
with running as (
    select
        calendar.day,
        calendar.weight,
        campaigns.*,
        calendar.day || campaigns.campaign_id as key
    from calendar
    inner join campaigns on list_contains(campaigns.months, month(calendar.day))
),

spent as (
    select
        *,
        -- About 3,400 yen for every customer whom the shop will win.
        3400 * 0.82 * getvariable('customers') / getvariable('days') * share * weight
        * (0.75 + 0.5 * uniform('spend-day', key)) as cost
    from running
),

clicked as (
    select
        *,
        round(cost / cost_per_click * (0.8 + 0.4 * uniform('clicks', key)))::bigint as clicks
    from spent
)

select
    delivered_on(day, 3) as delivery,
    day as spend_date,
    platform,
    campaign_id,
    campaign_name,
    medium,
    round((clicks + 1) / (0.012 + 0.02 * uniform('impressions', key)))::bigint as impressions,
    clicks,
    if(platform = 'meta', money(cost / 150, 'USD'), money(cost, 'JPY')) as cost,
    if(platform = 'meta', 'USD', 'JPY') as currency,
    round(clicks * 0.03 * 2 * uniform('conversions', key))::bigint as conversions
from clicked;
