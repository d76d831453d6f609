-- One row per person and time as an active customer: from an order to the day of churn.
with

stages_of_customers as (
    select stage
    from {{ ref('stages') }}
    where has_ordered
),

stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
    semi join stages_of_customers using (stage)
),

-- The stages after the first order follow each other without a gap, so churn alone ends a spell.
numbered as (
    select
        *,
        count_if(stage = 'churned') over (
            partition by customer_id
            order by valid_from
            rows between unbounded preceding and current row
        ) as churns
    from stages
),

spells as (
    select
        customer_id,
        churns as spell_number,
        min(valid_from) as active_from,
        max(coalesce(valid_to, date '9999-12-31')) as churned_on
    from numbered
    where stage != 'churned'
    group by customer_id, churns
),

int_customer_spells as (
    select
        customer_id,
        active_from,
        nullif(churned_on, date '9999-12-31') as churned_on,
        lag(nullif(churned_on, date '9999-12-31')) over (
            partition by customer_id
            order by active_from
        ) as previously_churned_on
    from spells
)

select * from int_customer_spells
