-- One row per business day, with its weight in the year and the shop's own time.
-- Purchases are a process without seasons in the shop's own time (`time_from` … `time_to`), of
-- which a busy day has more and a quiet day less; one unit is an average day.
create table calendar as
with days as (
    select
        (getvariable('first_day') + range::integer)::date as day,
        range::integer as day_no
    from range(getvariable('days'))
),

weighted as (
    select
        day,
        day_no,
        [0.95, 0.85, 1.0, 0.95, 1.05, 0.9, 1.15, 0.95, 0.9, 1.0, 1.1, 1.35][month(day)]
        * [0.95, 0.92, 0.93, 0.95, 1.0, 1.15, 1.2][isodow(day)]
        * case
            when month(day) = 12 and day(day) between 10 and 28 then 1.3 -- 年末
            when month(day) = 12 and day(day) = 31 or month(day) = 1 and day(day) <= 2 then 0.6
            when month(day) = 7 and day(day) <= 14 then 1.5 -- 夏のセール
            when month(day) = 5 and day(day) between 3 and 13 then 1.5 -- 母の日
            else 1
        end as weight
    from days
)

select
    day,
    day_no,
    weight / avg(weight) over () as weight,
    coalesce(
        sum(weight) over (order by day rows between unbounded preceding and 1 preceding), 0
    ) / avg(weight) over () as time_from,
    sum(weight) over (order by day) / avg(weight) over () as time_to,
    month(day) = 7 and day(day) <= 14 as is_summer_sale
from weighted;
