-- One row per person with any row in a feed, anonymous ones included.
with

persons as (
    select
        customer_id,
        shop_customer_ids,
        first_seen_at
    from {{ ref('int_persons') }}
),

acquisition as (
    select
        customer_id,
        session_id,
        source,
        medium,
        campaign_id
    from {{ ref('int_customer_acquisition') }}
),

stages as (
    select
        customer_id,
        stage,
        valid_from
    from {{ ref('lifecycle_stages') }}
    where valid_to is null
),

customer_orders as (
    select *
    from {{ ref('int_customer_orders') }}
),

traits as (
    select *
    from {{ ref('int_customer_traits') }}
),

predictions as (
    select *
    from {{ ref('int_predictions') }}
),

customers as (
    select
        customer_id,
        persons.shop_customer_ids,
        case when acquisition.session_id is null then '(none)' else acquisition.source end
            as acquisition_source,
        case when acquisition.session_id is null then '(none)' else acquisition.medium end
            as acquisition_medium,
        case when acquisition.session_id is null then '(none)' else acquisition.campaign_id end
            as acquisition_campaign_id,
        stages.stage,
        coalesce(customer_orders.orders, 0) as orders,
        coalesce(customer_orders.net_revenue, 0) as net_revenue,
        -- Nothing sold is nothing earned; sold at unknown cost is unknown.
        case when customer_orders.orders is null then 0 else customer_orders.gross_profit end
            as gross_profit,
        customer_orders.average_order_value,
        traits.* except (customer_id),
        predictions.* except (customer_id),
        customer_orders.net_revenue + predictions.clv_365d as clv_total,
        coalesce(customer_orders.campaign_only, false) as campaign_only,
        stages.valid_from as stage_since,
        persons.first_seen_at,
        customer_orders.first_order_at,
        customer_orders.last_order_at
    from persons
    left join acquisition using (customer_id)
    left join stages using (customer_id)
    left join customer_orders using (customer_id)
    left join traits using (customer_id)
    left join predictions using (customer_id)
)

select * from customers
