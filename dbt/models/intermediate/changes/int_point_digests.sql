-- One row per person who has or had entries in a points account, and a digest of them.
{{ digests_by_key('customer_id') }}
with

entries as (
    select
        entry_id,
        customer_id,
        points,
        occurred_at
    from {{ ref('int_loyalty_points') }}
    where customer_id is not null
),

int_point_digests as (
    select
        customer_id,
        {{ checksum(['entry_id', 'points', 'occurred_at']) }} as digest,
        {{ change_number() }} as change_number
    from entries
    group by customer_id
)

select * from int_point_digests
