-- The channels of a month make up its row of all channels, and that row its tickets and parcels.
{{ config(meta={'dagster': {'ref': {'name': 'service_levels'}}}) }}

with

levels as (
    select
        coalesce(sum(tickets) filter (where channel = 'all'), 0) as tickets,
        coalesce(sum(tickets) filter (where channel != 'all'), 0) as tickets_of_channels,
        coalesce(sum(shipments) filter (where channel = 'all'), 0) as shipments,
        coalesce(sum(shipments) filter (where channel != 'all'), 0) as shipments_of_channels
    from {{ ref('service_levels') }}
),

tickets as (
    select count(*) as tickets
    from {{ ref('support_tickets') }}
),

shipments as (
    select count(shipped_at) as shipments
    from {{ ref('shipments') }}
)

select levels.*
from levels
cross join tickets
cross join shipments
where
    levels.tickets != tickets.tickets
    or levels.tickets_of_channels != tickets.tickets
    or levels.shipments != shipments.shipments
    or levels.shipments_of_channels != shipments.shipments
