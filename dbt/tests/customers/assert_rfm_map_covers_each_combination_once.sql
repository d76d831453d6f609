-- Each of the 125 combinations of scores lies in exactly one row of the seed, and no row outside them.

with

scores as (
    select *
    from (values (1), (2), (3), (4), (5)) as numbers (score)
),

combinations as (
    select
        recency.score as recency,
        frequency.score as frequency,
        monetary.score as monetary
    from scores as recency
    cross join scores as frequency
    cross join scores as monetary
),

covered as (
    select
        combinations.recency,
        combinations.frequency,
        combinations.monetary,
        count(segments.rfm_segment) as segments
    from combinations
    left join {{ ref('rfm_segments') }} as segments
        on
            combinations.recency between segments.recency_from and segments.recency_to
            and combinations.frequency between segments.frequency_from and segments.frequency_to
            and combinations.monetary between segments.monetary_from and segments.monetary_to
    group by all
)

select *
from covered
where segments <> 1
