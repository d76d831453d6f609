-- One row per rule: the second accounts that nothing else tells, every other family who share a
-- tablet, the addresses that clerks and staff type, and one rule that is written badly and has no
-- effect.
create table feeds.identity_rules as
with rules as (
    select
        'must-' || second.customer_id as rule_id,
        'must_link' as kind,
        'shop_customer_id:' || first.customer_id as identifier_a,
        'shop_customer_id:' || second.customer_id as identifier_b
    from accounts as second
    inner join accounts as first on second.person_no = first.person_no and first.account_no = 1
    where second.joined_by = 'rule'
    union all
    select
        'cannot-' || mother.person_no,
        'cannot_link',
        'email:' || mother.email,
        'email:' || son.email
    from persons as mother
    inner join persons as son on mother.person_no + 1 = son.person_no
    where mother.person_no % 200 = 1
    union all
    select 'ignore-1', 'ignore', 'email:unknown@example.jp', null
    union all
    select 'ignore-2', 'ignore', 'email:staff@example.jp', null
    union all
    select 'malformed-1', 'must_link', 'unknown@example.jp', 'email:staff@example.jp'
)

select
    getvariable('first_day') as delivery,
    *
from rules;
