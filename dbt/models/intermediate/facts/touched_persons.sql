-- One row per owner and cause: whose facts have changed since the last finished build.
{%- set feeds = feeds_that_touch() %}
{%- set compared = {
    'int_identifiers': 'identifier, customer_id',
    'stg_products': 'product_id, kind, category, brand, unit_cost',
    'int_exchange_rates': 'currency, rate_date, rate',
    'int_campaign_platforms': 'campaign_id, platform',
    'marketing_spend': 'distinct lower(platform) as platform',
} %}
{%- for feed in feeds if feed not in feeds_with_versions() %}{% do compared.update({'stg_' ~ feed: '*'}) %}{% endfor %}
{{ added_until_a_build_has_ended(compared) }}
with

{% if execute and not rebuilds_touched() -%}
touched_persons as (select '' as owner, '' as cause where false)
{%- else -%}
moved_identifiers as ({{ changed_rows('int_identifiers', compared['int_identifiers']) }}),

products as ({{ changed_rows('stg_products', compared['stg_products']) }}),

exchange_rates as ({{ changed_rows('int_exchange_rates', compared['int_exchange_rates']) }}),

campaigns as ({{ changed_rows('int_campaign_platforms', compared['int_campaign_platforms']) }}),

platforms as ({{ changed_rows('marketing_spend', compared['marketing_spend']) }}),

{% for feed in feeds -%}
{{ feed }} as ({{ touched_rows_of(feed) }}),

{% endfor -%}
rows_of_feeds as (
    {%- for feed in feeds %}
    select '{{ feed }}' as cause, * from {{ feed }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A row without a person is owned by its order or itself. Its present and former persons are found by its identifiers
-- and its order: where an identifier moved to another person, both are touched.
causes as (
    select customer_id as owner, 'identifiers' as cause from moved_identifiers
    union all
    select row_key, cause from rows_of_feeds
    union all
    select order_id, cause from rows_of_feeds
    union all
    select persons.customer_id, cause
    from rows_of_feeds
    inner join {{ ref('int_identifiers') }} as persons using (identifier)
    union all
    select persons.customer_id, cause
    from rows_of_feeds
    inner join {{ former('int_orders_placed') }} as persons using (order_id)
    union all
    select coalesce(lines.customer_id, lines.order_id), 'products'
    from {{ former('order_items', 'marts') }} as lines
    semi join products using (product_id)
    union all
    select coalesce(orders.customer_id, orders.order_id), 'exchange_rates'
    from {{ former('int_orders_placed') }} as orders
    semi join exchange_rates on orders.currency = exchange_rates.currency and order_date = rate_date
    union all
    select coalesce(sessions.customer_id, sessions.session_id), 'campaigns'
    from {{ former('sessions', 'marts') }} as sessions
    semi join campaigns using (campaign_id)
    union all
    select coalesce(sessions.customer_id, sessions.session_id), 'platforms'
    from {{ former('sessions', 'marts') }} as sessions
    semi join platforms on lower(sessions.source) = platforms.platform
),

touched_persons as (
    select distinct owner, cause
    from causes
    where owner is not null
)
{%- endif %}

select * from touched_persons
