-- One row per link that would bring together what a rule keeps apart.
with

links as (
    select
        identifier_a,
        identifier_b,
        evidence,
        linked_since
    from {{ ref('int_identity_links') }}
),

components as (
    select
        identifier,
        component
    from {{ ref('int_identity_components') }}
),

int_links_left_out as (
    select links.*
    from links
    inner join components as stronger on links.identifier_a = stronger.identifier
    inner join components as weaker on links.identifier_b = weaker.identifier
    where stronger.component <> weaker.component
)

select * from int_links_left_out
