-- One row per scheme of stages and stage of this warehouse: what the scheme calls it.
with

scheme_stages as (
    select scheme, stage, position, label_ja, label_en
    from {{ ref('lifecycle_scheme_stages') }}
),

stages as (
    select stage, is_lapsed
    from {{ ref('stages') }}
),

lifecycle_schemes as (
    select
        scheme_stages.scheme,
        scheme_stages.stage,
        scheme_stages.label_ja,
        scheme_stages.label_en,
        scheme_stages.position,
        stages.is_lapsed
    from scheme_stages
    inner join stages
        on scheme_stages.stage = stages.stage
)

select * from lifecycle_schemes
