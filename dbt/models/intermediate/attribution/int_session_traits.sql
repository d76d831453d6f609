-- One row per session: whether it bounced or engaged, and the dimensions it is counted by.
{{ rebuilt_for_touched('coalesce(customer_id, session_id)') }}
with

campaign_platforms as (
    select
        campaign_id,
        platform
    from {{ ref('int_campaign_platforms') }}
),

platforms as (
    select distinct lower(platform) as platform
    from {{ ref('marketing_spend') }}
),

stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
    {{ of_touched('customer_id') }}
),

measured as (
    select
        session_id,
        customer_id,
        coalesce(customer_id, device_id) as visitor,
        campaign_id,
        lower(source) as platform_name,
        {{ source_medium('source', 'medium') }} as source,
        coalesce(campaign_id, '(none)') as campaign,
        coalesce(device_type, '(none)') as device,
        pageviews,
        duration_s,
        tracking_views,
        pageviews is not null or duration_s is not null as is_measured,
        coalesce(pageviews, 0) >= 2
        or coalesce(duration_s, 0) >= {{ var('bounce_seconds') }}
        or greatest(coalesce(add_to_carts, 0), coalesce(checkouts, 0)) >= 1
        or greatest(coalesce(searches, 0), coalesce(video_views, 0)) >= 1 as shows_interest,
        session_date
    from {{ ref('sessions') }}
    {{ of_touched() }}
),

-- The stage is the one in which the day found the person, as a purchase during the day changes it.
int_session_traits as (
    select
        measured.session_id,
        measured.customer_id,
        measured.visitor,
        measured.source,
        measured.campaign,
        coalesce(campaign_platforms.platform, platforms.platform, '(none)') as platform,
        measured.device,
        coalesce(stages.stage, '(none)') as stage,
        measured.pageviews,
        measured.duration_s,
        measured.tracking_views,
        measured.is_measured,
        measured.is_measured and not measured.shows_interest as is_bounce,
        measured.is_measured and measured.shows_interest as is_engaged,
        measured.session_date
    from measured
    left join campaign_platforms
        on measured.campaign_id = campaign_platforms.campaign_id
    left join platforms
        on measured.platform_name = platforms.platform
    left join stages
        on
            measured.customer_id = stages.customer_id
            and measured.session_date > stages.valid_from
            and (measured.session_date <= stages.valid_to or stages.valid_to is null)
)

select * from int_session_traits
