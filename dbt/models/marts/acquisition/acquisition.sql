-- One row per month of first orders, source, medium and campaign.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

cohorts as (
    select *
    from {{ ref('int_acquisition_cohorts') }}
),

revenue as (
    select
        month,
        source,
        medium,
        campaign_id,
        sum(net_revenue) filter (where day_number < 90) as revenue_90d,
        sum(net_revenue) filter (where day_number < 365) as revenue_365d
    from {{ ref('int_acquisition_days') }}
    group by month, source, medium, campaign_id
),

paybacks as (
    select *
    from {{ ref('int_acquisition_paybacks') }}
),

costed_cohorts as (
    select
        *,
        cast(spend as double) / nullif(new_customers, 0) as cac
    from cohorts
),

acquisition as (
    select
        month,
        source,
        medium,
        campaign_id,
        costed_cohorts.spend,
        costed_cohorts.new_customers,
        costed_cohorts.cac,
        cast(coalesce(revenue.revenue_90d, 0) as decimal(38, 4)) as revenue_90d,
        cast(coalesce(revenue.revenue_365d, 0) as decimal(38, 4)) as revenue_365d,
        costed_cohorts.clv_365d,
        costed_cohorts.clv_365d / nullif(costed_cohorts.cac, 0) as clv_to_cac,
        paybacks.payback_day,
        last_day(month) + 89 <= as_of.as_of as is_complete_90d,
        last_day(month) + 364 <= as_of.as_of as is_complete_365d
    from costed_cohorts
    cross join as_of
    left join revenue using (month, source, medium, campaign_id)
    left join paybacks using (month, source, medium, campaign_id)
)

select * from acquisition
