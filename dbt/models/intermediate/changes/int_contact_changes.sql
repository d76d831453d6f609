-- One row per person and change of a visit, a message, a cart or an order, or of whether a campaign is paid.
{{ config(materialized='view') }}
with

platforms as (
    select
        name,
        change_number
    from {{ ref('int_platform_changes') }}
    where kind = 'campaign'
),

visits as (
    select
        customer_id,
        campaign_id
    from {{ ref('sessions') }}
    where customer_id is not null and campaign_id is not null
),

int_contact_changes as (
    {{ affected_by('sessions', 'customer_id') }}
    union all
    {{ affected_by('email_events', 'customer_id') }}
    union all
    {{ affected_by('carts', 'customer_id') }}
    union all
    {{ affected_by('int_orders_placed', 'customer_id') }}
    union all
    {{ affected_by('int_orders_validated', 'customer_id') }}
    union all
    select
        visits.customer_id,
        platforms.change_number
    from platforms
    inner join visits on platforms.name = visits.campaign_id
)

select * from int_contact_changes
