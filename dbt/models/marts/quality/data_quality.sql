-- One row per delivery and feed: what came, what of it was taken, and how good it was.
with

deliveries as (
    select
        feed,
        delivery,
        delivered,
        taken,
        quarantined,
        nulled
    from {{ ref('stg_deliveries') }}
),

counts as (
    select *
    from {{ ref('int_delivery_counts') }}
),

matches as (
    select *
    from {{ ref('int_delivery_matches') }}
),

missing_rates as (
    select *
    from {{ ref('int_delivery_missing_rates') }}
),

nulled_columns as (
    select
        feed,
        delivery,
        {{ rows_of('map_values(nulled)') }} as nulled_values
    from deliveries
),

nulled as (
    select
        feed,
        delivery,
        cast(sum(nulled_values) as bigint) as nulled_values
    from nulled_columns
    group by feed, delivery
),

data_quality as (
    select
        delivery,
        feed,
        deliveries.delivered,
        deliveries.taken,
        deliveries.quarantined,
        counts.duplicates,
        counts.late,
        coalesce(nulled.nulled_values, 0) as nulled_values,
        coalesce(missing_rates.missing_rates, 0) as missing_rates,
        coalesce(matches.rows_in_force, 0) as rows_in_force,
        cast(matches.rows_of_persons as double) / matches.rows_in_force as match_rate
    from deliveries
    left join counts using (feed, delivery)
    left join nulled using (feed, delivery)
    left join missing_rates using (feed, delivery)
    left join matches using (feed, delivery)
)

select * from data_quality
