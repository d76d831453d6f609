-- One row per person: whoever has a usable identifier in a row in force, anonymous ones included.
with

identifiers as (
    select
        customer_id,
        identifier_kind,
        identifier_value,
        is_first,
        first_seen_at
    from {{ ref('int_identifiers') }}
),

merges as (
    select
        customer_id,
        merged_customer_id
    from {{ ref('int_person_merges') }}
),

described as (
    select
        customer_id,
        max(identifier_kind) filter (where is_first) as first_identifier_kind,
        {{ sorted_list(
            "case when identifier_kind = 'shop_customer_id' then identifier_value end"
        ) }} as shop_customer_ids,
        count(*) as identifiers,
        count(*) filter (where identifier_kind = 'email') as emails,
        count(*) filter (where identifier_kind = 'device_id') as devices,
        min(first_seen_at) as first_seen_at
    from identifiers
    group by customer_id
),

absorbed as (
    select
        described.customer_id,
        {{ sorted_list('merges.merged_customer_id') }} as merged_customer_ids
    from described
    left join merges on described.customer_id = merges.customer_id
    group by described.customer_id
),

int_persons as (
    select
        customer_id,
        described.first_identifier_kind,
        described.shop_customer_ids,
        absorbed.merged_customer_ids,
        described.identifiers,
        described.emails,
        described.devices,
        described.devices = described.identifiers as is_anonymous,
        described.first_seen_at
    from described
    inner join absorbed using (customer_id)
)

select * from int_persons
