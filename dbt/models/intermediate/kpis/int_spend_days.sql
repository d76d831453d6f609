-- One row per day and dimension value: what the advertisements of the day cost and did.
{%- set dimensions = ['platform', 'campaign'] %}
with

spend as (
    select
        lower(platform) as platform,
        campaign_id as campaign,
        impressions,
        clicks,
        cost,
        spend_date
    from {{ ref('marketing_spend') }}
),

-- A ratio takes the rows that have both its numbers, or what is not counted would look like
-- nothing.
int_spend_days as (
    select
        spend_date as date,
        {{ dimension(dimensions) }},
        coalesce(sum(impressions), 0) as impressions,
        coalesce(sum(clicks), 0) as clicks,
        sum(cost) as cost,
        coalesce(sum(clicks) filter (where impressions is not null), 0) as clicks_of_impressions,
        coalesce(sum(impressions) filter (where clicks is not null), 0) as impressions_with_clicks,
        coalesce(sum(cost) filter (where clicks is not null), 0) as cost_of_clicks
    from spend
    group by {{ each_dimension('spend_date', dimensions) }}
)

select * from int_spend_days
