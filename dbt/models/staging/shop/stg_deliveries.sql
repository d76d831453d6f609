-- One row per feed and day of delivery, as ingestion wrote it down.
with

deliveries as (
    select *
    from {{ source('ingest', 'deliveries') }}
),

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

stg_deliveries as (
    select
        deliveries.feed,
        deliveries.delivery,
        deliveries.loaded_at,
        deliveries.delivered,
        deliveries.taken,
        deliveries.quarantined,
        deliveries.nulled,
        deliveries.unknown_columns
    from deliveries
    inner join as_of on deliveries.delivery <= as_of.as_of
)

select * from stg_deliveries
