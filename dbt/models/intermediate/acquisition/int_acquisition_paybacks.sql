-- One row per cohort that has paid back what it cost: the day on which it did.
with

cohorts as (
    select
        month,
        source,
        medium,
        campaign_id,
        spend
    from {{ ref('int_acquisition_cohorts') }}
),

profit_to_date as (
    select
        month,
        source,
        medium,
        campaign_id,
        day_number,
        sum(profit) over (
            partition by month, source, medium, campaign_id
            order by day_number
        ) as profit
    from {{ ref('int_acquisition_days') }}
),

-- Per customer or for all of them together is the same comparison, without a division.
int_acquisition_paybacks as (
    select
        month,
        source,
        medium,
        campaign_id,
        cast(min(day_number) as integer) as payback_day
    from profit_to_date
    inner join cohorts using (month, source, medium, campaign_id)
    where profit_to_date.profit >= cohorts.spend
    group by month, source, medium, campaign_id
)

select * from int_acquisition_paybacks
