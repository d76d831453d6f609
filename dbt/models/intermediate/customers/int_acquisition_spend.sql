-- One row per month, source, medium and campaign with spend.
with

spend as (
    select
        cast(date_trunc('month', spend_date) as date) as month,
        lower(platform) as platform,
        coalesce(medium, '(none)') as medium,
        campaign_id,
        cast(sum(cost) as decimal(38, 4)) as spend
    from {{ ref('marketing_spend') }}
    group by 1, 2, 3, 4
),

cohorts as (
    select
        month,
        source,
        medium,
        campaign_id,
        count(*) as new_customers
    from {{ ref('int_acquired_customers') }}
    group by month, source, medium, campaign_id
),

-- A campaign's customers may name several sources, its spend counts once: with those who name the
-- platform and its medium, else with the most. Spend that won nobody stays under its platform's name.
placed as (
    select
        spend.month,
        coalesce(cohorts.source, spend.platform) as source,
        coalesce(cohorts.medium, spend.medium) as medium,
        spend.campaign_id,
        spend.spend
    from spend
    left join cohorts
        on
            spend.month = cohorts.month
            and spend.campaign_id = cohorts.campaign_id
    qualify row_number() over (
        partition by spend.month, spend.platform, spend.medium, spend.campaign_id
        order by
            coalesce(lower(cohorts.source) = spend.platform, false) desc,
            coalesce(cohorts.medium = spend.medium, false) desc,
            cohorts.new_customers desc,
            cohorts.source,
            cohorts.medium
    ) = 1
),

int_acquisition_spend as (
    select
        month,
        source,
        medium,
        campaign_id,
        cast(sum(spend) as decimal(38, 4)) as spend
    from placed
    group by month, source, medium, campaign_id
)

select * from int_acquisition_spend
