-- One row per customer number that the shop has withdrawn.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

versions as (
    select
        customer_id,
        deleted,
        delivery,
        _file,
        _file_number,
        _row
    from {{ source('shop', 'customers') }}
    where delivery <= (select as_of from as_of)
),

-- Few numbers are ever withdrawn; only their versions are sorted.
ever_withdrawn as (
    select distinct customer_id
    from versions
    where deleted
),

latest as (
    select
        customer_id,
        deleted
    from versions
    semi join ever_withdrawn using (customer_id)
    qualify row_number() over (
        partition by customer_id
        order by delivery desc, _file_number desc, _file desc, _row desc
    ) = 1
),

stg_customers_withdrawn as (
    select customer_id as shop_customer_id
    from latest
    where deleted
)

select * from stg_customers_withdrawn
