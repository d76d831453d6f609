-- One row per KPI, period and dimension value as its own model yields it: days of the additive
-- ones, periods of the others.
with

int_kpi_atoms as (
    {%- for model in var('kpi_models') %}
    select
        '{{ model | replace("kpi_", "", 1) }}' as kpi_id,
        period,
        cast(period_start as date) as period_start,
        dimension,
        dimension_value,
        cast(numerator as decimal(38, 6)) as numerator,
        cast(denominator as decimal(38, 6)) as denominator,
        cast(sum_of_squares as decimal(38, 6)) as sum_of_squares
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from int_kpi_atoms
