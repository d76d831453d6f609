-- Every month says how many came without a trace.
{{ config(meta={'dagster': {'ref': {'name': 'acquisition'}}}) }}

select month
from {{ ref('acquisition') }}
group by month
having count(*) filter (where source = '(unattributed)') != 1
