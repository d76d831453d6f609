-- One row per period with or once with sessions and change of the visitors of one of its days.
{{ config(materialized='view') }}
with

days as (
    select
        date,
        change_number
    from {{ ref('int_visitor_day_digests') }}
),

int_visitor_period_changes as (
    {%- for period in ['day', 'week', 'month'] %}
    select
        '{{ period }}' as period,
        cast(date_trunc('{{ period }}', date) as date) as period_start,
        change_number
    from days
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from int_visitor_period_changes
