-- One row per month of first orders, source, medium and campaign.
{%- set cohort = 'month, source, medium, campaign_id' %}
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

cohorts as (
    select
        *,
        cast(spend as double) / nullif(new_customers, 0) as cac
    from {{ ref('int_acquisition_cohorts') }}
),

-- Day 0 is the day of each one's own first order.
movements as (
    select
        customers.*,
        {{ days_between('customers.first_order_date', 'money.movement_date') }} as day_number,
        money.net_revenue,
        money.profit
    from {{ ref('int_customer_money') }} as money
    inner join {{ ref('int_acquired_customers') }} as customers on money.customer_id = customers.customer_id
),

days as (
    select
        {{ cohort }},
        day_number,
        sum(net_revenue) as net_revenue,
        sum(sum(profit)) over (partition by {{ cohort }} order by day_number) as profit_to_date
    from movements
    group by {{ cohort }}, day_number
),

-- Per customer or for all of them together is the same comparison, without a division.
outcomes as (
    select
        {{ cohort }},
        sum(days.net_revenue) filter (where days.day_number < 90) as revenue_90d,
        sum(days.net_revenue) filter (where days.day_number < 365) as revenue_365d,
        min(days.day_number) filter (where days.profit_to_date >= cohorts.spend) as payback_day
    from days
    inner join cohorts using ({{ cohort }})
    group by {{ cohort }}
),

acquisition as (
    select
        {{ cohort }},
        cohorts.spend,
        cohorts.new_customers,
        cohorts.cac,
        cast(coalesce(outcomes.revenue_90d, 0) as decimal(38, 4)) as revenue_90d,
        cast(coalesce(outcomes.revenue_365d, 0) as decimal(38, 4)) as revenue_365d,
        cohorts.clv_365d,
        cohorts.clv_365d / nullif(cohorts.cac, 0) as clv_to_cac,
        cast(outcomes.payback_day as integer) as payback_day,
        last_day(month) + 89 <= as_of.as_of as is_complete_90d,
        last_day(month) + 364 <= as_of.as_of as is_complete_365d
    from cohorts
    cross join as_of
    left join outcomes using ({{ cohort }})
)

select * from acquisition
