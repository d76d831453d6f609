-- One row per day, platform and campaign in force.
with

{{ rows_in_force('marketing_spend', business_day='spend_date') }},

stg_marketing_spend as (
    select
        spend_date,
        platform,
        campaign_id,
        campaign_name,
        medium,
        impressions,
        clicks,
        cost,
        upper(trim(currency)) as currency,
        conversions
    from in_force
)

select * from stg_marketing_spend
