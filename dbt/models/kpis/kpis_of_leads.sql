-- One row per KPI, day and dimension value: leads won on the day, and those whose first order followed in time.
{%- set dimensions = ['lead_kind', 'campaign'] %}
with

leads as (
    select
        customer_id,
        coalesce(kind, '(none)') as lead_kind,
        coalesce(campaign_id, '(none)') as campaign,
        created_at
    from {{ ref('leads') }}
),

first_orders as (
    select
        customer_id,
        ordered_at as first_ordered_at
    from {{ ref('orders') }}
    where order_number = 1
),

-- Whoever has bought before is no prospect; for a lead without a person that is unknown.
lead_outcomes as (
    select
        leads.lead_kind,
        leads.campaign,
        leads.customer_id is not null
        and coalesce(first_orders.first_ordered_at >= leads.created_at, true) as is_prospect,
        first_orders.first_ordered_at >= leads.created_at
        and first_orders.first_ordered_at
        < leads.created_at + interval {{ var('lead_window') }} day as is_converted,
        cast(leads.created_at as date) as lead_date
    from leads
    left join first_orders
        on leads.customer_id = first_orders.customer_id
),

lead_days as (
    select
        lead_date as date,
        {{ dimension(dimensions) }},
        count(*) as leads,
        count(*) filter (where is_prospect) as prospects,
        count(*) filter (where is_converted) as converted
    from lead_outcomes
    group by {{ each_dimension('lead_date', dimensions) }}
),

kpis_of_leads as (
    {{ kpis_of_days('lead_days', [
        ('leads', 'leads'),
        ('lead_conversion_rate', 'converted', 'prospects'),
    ]) }}
)

select * from kpis_of_leads
