-- Each mart has as many rows as its feed has keys in force: nothing is dropped, nothing is multiplied.
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}
{%- set marts = {
    'carts': 'carts',
    'email_events': 'email_events',
    'leads': 'leads',
    'marketing_spend': 'marketing_spend',
    'order_items': 'order_items',
    'orders': 'orders',
    'products': 'products',
    'referrals': 'referrals',
    'reviews': 'reviews',
    'sessions': 'sessions',
    'shipments': 'shipments',
    'social_mentions': 'social_mentions',
    'support_tickets': 'support_tickets',
    'surveys': 'survey_responses',
    'warranties': 'warranties',
} %}

with

counts as (
    {%- for feed, mart in marts.items() %}
    select
        '{{ mart }}' as mart,
        (select count(*) from {{ ref('stg_' ~ feed) }}) as rows_in_force,
        (select count(*) from {{ ref(mart) }}) as rows_in_mart
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from counts
where rows_in_force != rows_in_mart
