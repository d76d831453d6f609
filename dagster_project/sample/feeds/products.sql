-- One row per article and delivery: the whole catalogue at the start, and again a year later with
-- higher costs.
create table feeds.products as
select
    catalogue.delivery,
    product_id,
    name,
    category,
    brand,
    kind,
    money(round(unit_cost * if(catalogue.delivery > getvariable('first_day'), 1.05, 1)), 'JPY') as unit_cost
from products
cross join (
    select getvariable('first_day') as delivery
    union
    select greatest(getvariable('first_day'), getvariable('last_day') - 365) as delivery
) as catalogue;
