-- One row per survey answer in force.
with

{{ rows_in_force('surveys') }},

stg_surveys as (
    select
        response_id,
        customer_id as shop_customer_id,
        _email as email,
        order_id,
        lower(trim(survey)) as survey,
        responded_at,
        -- A score that its survey does not know is no score.
        case
            when lower(trim(survey)) = 'nps' and score not between 0 and 10 then null
            when lower(trim(survey)) = 'csat' and score not between 1 and 5 then null
            else score
        end as score,
        reason_code,
        comment
    from in_force
)

select * from stg_surveys
