-- One row per device that more than one person uses.
select
    devices.device_id,
    devices.use,
    persons.person
from devices
inner join persons on devices.person_no = persons.person_no
where devices.use != 'own'
order by all
