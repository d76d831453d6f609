-- One row per feed and delivery: what of it was superseded, and what came late.
{%- for feed in feeds_with_versions() %}
-- depends_on: {{ ref('base_' ~ feed) }}
{%- endfor %}
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

deliveries as (
    select
        feed,
        delivery
    from {{ ref('stg_deliveries') }}
),

counts as (
    {% for feed in contract_feeds() -%}
    {{ delivery_counts(feed) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

int_delivery_counts as (
    select
        deliveries.feed,
        deliveries.delivery,
        cast(coalesce(sum(counts.duplicates), 0) as bigint) as duplicates,
        cast(coalesce(sum(counts.late), 0) as bigint) as late
    from deliveries
    left join counts
        on deliveries.feed = counts.feed and deliveries.delivery = counts.delivery
    group by deliveries.feed, deliveries.delivery
)

select * from int_delivery_counts
