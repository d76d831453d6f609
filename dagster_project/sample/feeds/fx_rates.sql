-- One row per working day and currency. Of TWD, in which one order was placed, there is no rate at
-- all.
create table feeds.fx_rates as
select
    delivered_on(calendar.day, 6) as delivery,
    calendar.day as rate_date,
    rates.currency,
    round(
        rates.around * (1 + 0.05 * sin(calendar.day_no / 58.0) + 0.006 * (uniform('rate', calendar.day || rates.currency) - 0.5)),
        rates.decimals
    )::decimal(18, 4) as rate
from calendar
cross join (values ('USD', 150.0, 2), ('EUR', 165.0, 2), ('KRW', 0.11, 4)) as rates (currency, around, decimals)
where isodow(calendar.day) <= 5 or calendar.day_no = 0;
