-- One row per KPI, period and dimension value in which something was counted.
{%- set families = [
    'acquisition', 'advertising', 'carts', 'churn', 'leads', 'lifetime_value', 'loyalty', 'mentions',
    'messages', 'orders', 'predictions', 'referrals', 'refunds', 'repeat_orders', 'reviews', 'sessions',
    'shipments', 'stages', 'surveys', 'tickets', 'warranties'
] %}
with

counts as (
    {%- for family in families %}
    select * from {{ ref('kpis_of_' ~ family) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

definitions as (
    select
        kpi_id,
        additive
    from {{ ref('kpi_definitions') }}
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

-- Families yield days of the KPIs that add up, and periods of the others.
summed_days as (
    select
        counts.kpi_id,
        period_days.period,
        period_days.period_start,
        counts.dimension,
        counts.dimension_value,
        sum(counts.numerator) as numerator,
        sum(counts.denominator) as denominator,
        sum(counts.sum_of_squares) as sum_of_squares
    from counts
    inner join definitions
        on counts.kpi_id = definitions.kpi_id
    inner join period_days
        on counts.period_start = period_days.date
    where definitions.additive
    group by all
),

periods_as_given as (
    select counts.*
    from counts
    inner join definitions
        on counts.kpi_id = definitions.kpi_id
    where not definitions.additive
),

int_kpi_sums as (
    select *
    from summed_days
    where numerator != 0 or denominator != 0
    union all
    select *
    from periods_as_given
    where numerator != 0 or denominator != 0
)

select * from int_kpi_sums
