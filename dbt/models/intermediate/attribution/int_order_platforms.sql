-- One row per valid order that an advertising platform is credited with: that of the session it is credited to.
with

credited_sessions as (
    select
        order_id,
        session_id
    from {{ ref('int_orders_attributed') }}
    where touch_kind = 'session'
),

sessions_of_platforms as (
    select
        session_id,
        campaign,
        platform
    from {{ ref('int_session_traits') }}
    where platform != '(none)'
),

int_order_platforms as (
    select
        credited_sessions.order_id,
        sessions_of_platforms.campaign,
        sessions_of_platforms.platform
    from credited_sessions
    inner join sessions_of_platforms
        on credited_sessions.session_id = sessions_of_platforms.session_id
)

select * from int_order_platforms
