-- Warns of shared devices, very large persons, links left out and rules without effect.
{{ config(severity='warn') }}
select
    finding,
    count(*) as findings
from {{ ref('int_identity_findings') }}
group by finding
