-- One row per session of the web shop or app.
{{ rebuilt_for_touched('coalesce(customer_id, session_id)') }}
with

visits as (
    select
        session_id,
        device_id,
        shop_customer_id,
        email,
        started_at,
        duration_s,
        landing_page,
        source,
        medium,
        campaign_id,
        device_type,
        pageviews,
        product_views,
        add_to_carts,
        checkouts,
        searches,
        video_views,
        tracking_views,
        currency,
        viewed_products
    from {{ ref('stg_sessions') }}
    {{ of_touched_rows('session_id') }}
),

sessions as (
    select
        visits.session_id,
        {{ person_of(['shop_customer_id', 'email', 'device_id']) }} as customer_id,
        {{ keyed_hash("'device_id:' || visits.device_id") }} as device_id,
        visits.campaign_id,
        visits.source,
        visits.medium,
        visits.device_type,
        -- What follows the path may name the visitor.
        regexp_replace(visits.landing_page, '[?#].*$', '') as landing_page,
        visits.currency,
        visits.viewed_products,
        visits.duration_s,
        visits.pageviews,
        visits.product_views,
        visits.add_to_carts,
        visits.checkouts,
        visits.searches,
        visits.video_views,
        visits.tracking_views,
        cast(visits.started_at as date) as session_date,
        visits.started_at
    from visits
    {{ person_joins('visits', ['shop_customer_id', 'email', 'device_id']) }}
)

select * from sessions
