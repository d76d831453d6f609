-- Every person has a row, with or without an order, and whoever a fact names is a person.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

with

facts as (
    select customer_id from {{ ref('orders') }}
    union
    select customer_id from {{ ref('sessions') }}
    union
    select customer_id from {{ ref('survey_responses') }}
    union
    select customer_id from {{ ref('email_events') }}
    union
    select referee_customer_id from {{ ref('referrals') }}
    union
    select customer_id from {{ ref('int_persons') }}
)

select facts.customer_id
from facts
left join {{ ref('customers') }} as customers
    on facts.customer_id = customers.customer_id
where facts.customer_id is not null and customers.customer_id is null
