-- One row per month, source, medium and campaign: what was spent, and who was won.
with

acquired_customers as (
    select *
    from {{ ref('int_acquired_customers') }}
),

predictions as (
    select
        customer_id,
        clv_365d
    from {{ ref('int_predictions') }}
),

won as (
    select
        acquired_customers.month,
        acquired_customers.source,
        acquired_customers.medium,
        acquired_customers.campaign_id,
        cast(0 as decimal(38, 4)) as spend,
        1 as new_customers,
        predictions.clv_365d
    from acquired_customers
    left join predictions on acquired_customers.customer_id = predictions.customer_id
),

spent as (
    select
        month,
        source,
        medium,
        campaign_id,
        spend,
        0 as new_customers,
        cast(null as decimal(18, 4)) as clv_365d
    from {{ ref('int_acquisition_spend') }}
),

spent_and_won as (
    select * from won
    union all
    select * from spent
),

-- Every month says how many came without a trace, also when nobody did.
with_unattributed as (
    select * from spent_and_won
    union all
    select distinct
        month,
        '(unattributed)' as source,
        '(unattributed)' as medium,
        '(unattributed)' as campaign_id,
        cast(0 as decimal(38, 4)) as spend,
        0 as new_customers,
        cast(null as decimal(18, 4)) as clv_365d
    from spent_and_won
),

int_acquisition_cohorts as (
    select
        month,
        source,
        medium,
        campaign_id,
        cast(sum(spend) as decimal(38, 4)) as spend,
        cast(sum(new_customers) as bigint) as new_customers,
        cast(sum(clv_365d) as double) / nullif(count(clv_365d), 0) as clv_365d
    from with_unattributed
    group by month, source, medium, campaign_id
)

select * from int_acquisition_cohorts
