-- One row per person and rank, the first recommendations_per_person.
with

interests as (
    select customer_id, kind, product_id
    from {{ ref('int_product_interests') }}
),

-- A reason is named by the product, after eight characters that order reasons from the strongest on.
neighbours as (
    select
        kind,
        product_id,
        related_product_id,
        strength,
        cast(1 - strength as {{ dbt.type_string() }}) || kind || ':' || product_id as reason
    from {{ ref('int_product_neighbours') }}
),

-- From all orders: what came with a dealer's order is owned as well.
owned_products as (
    select distinct
        orders.customer_id,
        order_items.product_id
    from {{ ref('orders') }} as orders
    inner join {{ ref('order_items') }} as order_items on orders.order_id = order_items.order_id
    where orders.is_valid and orders.customer_id is not null
),

candidates as (
    select
        interests.customer_id,
        neighbours.related_product_id as product_id,
        neighbours.strength,
        neighbours.reason
    from interests
    inner join neighbours
        on
            interests.kind = neighbours.kind
            and interests.product_id = neighbours.product_id
),

new_candidates as (
    select candidates.*
    from candidates
    anti join owned_products
        on
            candidates.customer_id = owned_products.customer_id
            and candidates.product_id = owned_products.product_id
),

-- Of what speaks for a product, the strongest is named.
scored as (
    select
        customer_id,
        product_id,
        sum(strength) as score,
        substr(min(reason), 9) as because
    from new_candidates
    group by customer_id, product_id
),

recommendations as (
    select
        customer_id,
        cast(row_number() over (
            partition by customer_id order by score desc, product_id
        ) as integer) as rank,
        product_id,
        cast(score as double) as score,
        because
    from scored
    qualify
        row_number() over (partition by customer_id order by score desc, product_id)
        <= {{ var('recommendations_per_person') }}
)

select * from recommendations
