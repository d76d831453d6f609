-- One row per session in force.
with

{{ rows_in_force('sessions') }},

stg_sessions as (
    select
        session_id,
        device_id,
        customer_id as shop_customer_id,
        _email as email,
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
        upper(trim(currency)) as currency,
        viewed_products
    from in_force
)

select * from stg_sessions
