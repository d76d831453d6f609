-- One row per person and maximal interval of one stage, up to as_of.
with

history as (
    select
        customer_id, interval_number, stage, previous_stage, rule_id, valid_from, valid_to
    from {{ ref('int_lifecycle_history') }}
),

evidence as (
    select customer_id, valid_from, evidence
    from {{ ref('int_lifecycle_evidence') }}
),

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

cut_at_as_of as (
    select
        history.customer_id,
        history.interval_number,
        history.stage,
        history.previous_stage,
        history.rule_id,
        history.valid_from,
        case when history.valid_to <= as_of.as_of then history.valid_to end as valid_to,
        {{ days_between('history.valid_from', 'least(history.valid_to, as_of.as_of + 1)') }}
            as days_in_stage
    from history
    inner join as_of
        on history.valid_from <= as_of.as_of
),

lifecycle_stages as (
    select
        cut_at_as_of.customer_id,
        cut_at_as_of.stage,
        cut_at_as_of.previous_stage,
        cut_at_as_of.rule_id,
        evidence.evidence,
        cut_at_as_of.interval_number,
        cut_at_as_of.days_in_stage,
        cast(sum(cut_at_as_of.days_in_stage) over stays_so_far as bigint)
            as days_in_stage_so_far,
        cut_at_as_of.valid_from,
        cut_at_as_of.valid_to
    from cut_at_as_of
    left join evidence
        on
            cut_at_as_of.customer_id = evidence.customer_id
            and cut_at_as_of.valid_from = evidence.valid_from
    window stays_so_far as (
        partition by cut_at_as_of.customer_id, cut_at_as_of.stage
        order by cut_at_as_of.valid_from
        rows between unbounded preceding and current row
    )
)

select * from lifecycle_stages
