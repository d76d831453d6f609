-- One row per recommendation; referee is empty for somebody who never came.
select
    referrer.person as referrer,
    referee.person as referee,
    referrals.referee_email,
    referrals.order_id
from referrals
inner join persons as referrer on referrals.referrer_no = referrer.person_no
left join persons as referee on referrals.referee_no = referee.person_no
order by all
