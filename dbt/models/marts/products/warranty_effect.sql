-- One row per month, product category and whether a warranty was on offer with the goods looked at.
with

views as (
    select *
    from {{ ref('int_viewed_products') }}
),

categories as (
    select
        product_id,
        category
    from {{ ref('stg_products') }}
),

-- Files do not say what was on offer: it is taken to be from the first sale on.
offers as (
    select
        product_id,
        cast(min(sold_at) as date) as offered_from
    from {{ ref('warranties') }}
    group by product_id
),

purchases as (
    select distinct
        session_orders.session_id,
        order_items.product_id
    from {{ ref('int_session_orders') }} as session_orders
    inner join {{ ref('order_items') }} as order_items
        on session_orders.order_id = order_items.order_id
    where order_items.quantity > 0
),

viewed as (
    select
        cast(date_trunc('month', views.session_date) as date) as month,
        coalesce(categories.category, '(none)') as category,
        coalesce(views.session_date >= offers.offered_from, false) as is_offered,
        views.product_id,
        purchases.product_id is not null as is_bought
    from views
    left join categories on views.product_id = categories.product_id
    left join offers on views.product_id = offers.product_id
    left join purchases
        on views.session_id = purchases.session_id and views.product_id = purchases.product_id
),

counted as (
    select
        month,
        category,
        is_offered,
        count(distinct product_id) as products,
        count(*) as views,
        count(*) filter (where is_bought) as views_with_purchase,
        cast(count(*) filter (where is_bought) as double) / count(*) as conversion_rate
    from viewed
    group by month, category, is_offered
),

warranty_effect as (
    select
        month,
        category,
        is_offered,
        products,
        views,
        views_with_purchase,
        conversion_rate,
        {{ wilson_limit('conversion_rate', 'views', 'lower') }} as lower_95,
        {{ wilson_limit('conversion_rate', 'views', 'upper') }} as upper_95
    from counted
)

select * from warranty_effect
