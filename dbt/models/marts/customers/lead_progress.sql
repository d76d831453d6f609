-- One row per lead: how far its person came on the way to a first order, lead_window days from the sign-up.
{%- set window = 'interval ' ~ var('lead_window') ~ ' day' %}
{%- set steps = ['sign_up', 'visit', 'product', 'cart', 'checkout', 'order', 'purchase'] %}
with

leads as (
    select *
    from {{ ref('leads') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

first_orders as (
    select customer_id, ordered_at as first_ordered_at
    from {{ ref('orders') }}
    where order_number = 1
),

-- An order that came to nothing is a step, too: what was in the way then is its status.
steps_of_persons as (
    select
        customer_id,
        started_at as stepped_at,
        case
            when checkouts >= 1 then 5
            when add_to_carts >= 1 then 4
            when product_views >= 1 or searches >= 1 or video_views >= 1 then 3
            else 2
        end as position
    from {{ ref('sessions') }}
    union all
    select customer_id, created_at as stepped_at, 4 as position from {{ ref('carts') }}
    union all
    select
        customer_id,
        ordered_at as stepped_at,
        case when order_number = 1 then 7 else 6 end as position
    from {{ ref('orders') }}
    where order_number = 1 or not (is_valid or is_test)
),

furthest as (
    select
        leads.lead_id,
        max(steps_of_persons.position) as position
    from leads
    inner join steps_of_persons
        on
            leads.customer_id = steps_of_persons.customer_id
            and leads.created_at <= steps_of_persons.stepped_at
            and leads.created_at + {{ window }} > steps_of_persons.stepped_at
    group by leads.lead_id
),

lead_progress as (
    select
        leads.lead_id,
        leads.customer_id,
        leads.campaign_id,
        leads.kind,
        case coalesce(furthest.position, 1)
            {%- for step in steps %}
            when {{ loop.index }} then '{{ step }}'
            {%- endfor %}
        end as furthest_step,
        coalesce(furthest.position, 1) as position,
        {{ days_between('leads.created_at', 'first_orders.first_ordered_at') }} as days_to_first_order,
        leads.customer_id is not null
        and coalesce(first_orders.first_ordered_at >= leads.created_at, true) as is_prospect,
        leads.created_at + {{ window }} > as_of.as_of + interval 1 day as is_open,
        leads.created_at
    from leads
    cross join as_of
    left join furthest on leads.lead_id = furthest.lead_id
    left join first_orders on leads.customer_id = first_orders.customer_id
)

select * from lead_progress
