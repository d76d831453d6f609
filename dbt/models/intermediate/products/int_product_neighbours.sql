-- One row per kind of interest, product and close other product, the closest few.
with

viewed_products as (
    select
        session_id,
        product_id
    from {{ ref('int_viewed_products') }}
),

{{ affinities('viewed_products', 'session_id') }},

neighbours as (
    select
        'bought' as kind,
        product_id,
        related_product_id,
        confidence
    from {{ ref('product_affinity') }}
    union all
    select
        'viewed' as kind,
        pairs.product_id,
        pairs.related_product_id,
        cast(pairs.groups as double) / products.groups as confidence
    from pairs
    inner join groups_of_products as products on pairs.product_id = products.product_id
),

-- A decimal: sums of doubles would depend on the order of adding, and ranks on the sums.
int_product_neighbours as (
    select
        kind,
        product_id,
        related_product_id,
        cast(confidence as decimal(9, 6)) as strength
    from neighbours
    qualify row_number() over (
        partition by kind, product_id
        order by confidence desc, related_product_id
    ) <= {{ var('recommendation_neighbours') }}
)

select * from int_product_neighbours
