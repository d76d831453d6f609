{#- What is found together: from a relation of one row per group (an order, a session) and product, one row per two
    products that at least affinity_min_orders groups have in common, in both directions. Products that are in fewer
    groups are left out before they are paired, as no pair can have more groups than its products. Stands as the CTEs
    `groups_of_products` and `pairs`. -#}
{% macro affinities(members, group_id) -%}
groups_of_products as (
    select
        product_id,
        count(*) as groups
    from {{ members }}
    group by product_id
    having count(*) >= {{ var('affinity_min_orders') }}
),

frequent_members as (
    select
        members.{{ group_id }},
        members.product_id
    from {{ members }} as members
    semi join groups_of_products on members.product_id = groups_of_products.product_id
),

pairs as (
    select
        members.product_id,
        others.product_id as related_product_id,
        count(*) as groups
    from frequent_members as members
    inner join frequent_members as others
        on
            members.{{ group_id }} = others.{{ group_id }}
            and members.product_id != others.product_id
    group by members.product_id, others.product_id
    having count(*) >= {{ var('affinity_min_orders') }}
)
{%- endmacro %}
