-- One row per kind of interest, product and close other product, the closest few.
with

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
        product_id,
        related_product_id,
        confidence
    from {{ ref('int_products_viewed_together') }}
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
