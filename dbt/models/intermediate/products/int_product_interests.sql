-- One row per person, kind of interest and product: the products last bought, and last looked at.
with

bought as (
    select
        customer_id,
        'bought' as kind,
        product_id,
        max(order_date) as last_date
    from {{ ref('int_baskets') }}
    where customer_id is not null
    group by customer_id, product_id
),

viewed as (
    select
        customer_id,
        'viewed' as kind,
        product_id,
        max(session_date) as last_date
    from {{ ref('int_viewed_products') }}
    where customer_id is not null
    group by customer_id, product_id
),

interests as (
    select * from bought
    union all
    select * from viewed
),

int_product_interests as (
    select *
    from interests
    qualify row_number() over (
        partition by customer_id, kind
        order by last_date desc, product_id
    ) <= {{ var('recommendation_interests') }}
)

select * from int_product_interests
