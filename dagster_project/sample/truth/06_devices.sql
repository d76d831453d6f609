-- One row per person and device that they use. Two of a family share one, and one in the shop is
-- shared by all who come.
create table devices as
with numbered as (
    select
        person_no,
        unnest(range(
            1, 2 + (uniform('devices', person_no) < 0.45)::integer
                + (uniform('devices', person_no) < 0.12)::integer
        )) as device_no
    from persons
)

select
    person_no,
    device_no,
    'd' || left(md5('device' || getvariable('seed') || person_no || '-' || device_no), 14) as device_id,
    case device_no when 1 then 'mobile' when 2 then 'desktop' else 'tablet' end as device_type,
    'own' as use
from numbered
union all
-- Persons 100 k + 1 and 100 k + 2 are a family with one tablet.
select
    person_no,
    8 as device_no,
    format('family-{:06d}', person_no // 100) as device_id,
    'tablet' as device_type,
    'family' as use
from persons
where person_no % 100 in (1, 2)
union all
select
    person_no,
    9 as device_no,
    'kiosk-' || pick(['shibuya', 'kyoto'], uniform('kiosk-place', person_no // 2000)) as device_id,
    'kiosk' as device_type,
    'kiosk' as use
from persons
where is_registered and person_no % 2000 between 10 and 200 and person_no % 17 = 3;

-- One row per person, with the devices side by side: whoever has no second or third one uses the
-- first.
create table devices_of_persons as
select
    person_no,
    min(device_id) filter (where device_no = 1) as first_device,
    coalesce(
        min(device_id) filter (where device_no = 2),
        min(device_id) filter (where device_no = 1)
    ) as second_device,
    coalesce(
        min(device_id) filter (where device_no = 3),
        min(device_id) filter (where device_no = 1)
    ) as third_device,
    coalesce(
        min(device_id) filter (where device_no > 3),
        min(device_id) filter (where device_no = 1)
    ) as shared_device
from devices
group by person_no;
