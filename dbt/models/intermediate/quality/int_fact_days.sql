-- One row per kind of fact and business day: how many there are, what they say, whose they are.
with

-- The value of an order before refunds. A change from paid to delivered changes nothing that is counted.
orders as (
    select
        order_id,
        customer_id,
        channel,
        coupon_code,
        currency,
        quantity,
        gross_sales,
        discount,
        gross_profit + refunds as profit_before_refunds,
        status in ('pending', 'cancelled') as is_open,
        is_test,
        order_date,
        ordered_at
    from {{ ref('orders') }}
),

-- A refund counts on its own day, and takes away from the order of another.
refunds as (
    select
        refunds.refund_id,
        refunds.customer_id,
        refunds.order_id,
        refunds.amount,
        cast(refunds.refunded_at as date) as date
    from {{ ref('int_refunds') }} as refunds
    union
    select
        refunds.refund_id,
        refunds.customer_id,
        refunds.order_id,
        refunds.amount,
        orders.order_date
    from {{ ref('int_refunds') }} as refunds
    inner join orders on refunds.order_id = orders.order_id
),

int_fact_days as (
    {{ fact_days('order', 'orders', 'order_date', ['order_id', 'channel', 'coupon_code', 'currency',
        'quantity', 'gross_sales', 'discount', 'profit_before_refunds', 'is_open', 'is_test', 'ordered_at']) }}
    union all {{ fact_days('refund', 'refunds', 'date', ['refund_id', 'order_id', 'amount']) }}
    union all {{ fact_days('session', ref('sessions'), 'session_date', ['session_id', 'started_at',
        'device_id', 'source', 'medium', 'campaign_id', 'duration_s', 'pageviews', 'product_views',
        'add_to_carts', 'checkouts', 'searches', 'video_views', 'tracking_views']) }}
    union all {{ fact_days('cart', ref('carts'), 'created_at', ['cart_id', 'order_id', 'created_at', 'updated_at']) }}
    union all {{ fact_days('lead', ref('leads'), 'created_at', ['lead_id', 'kind', 'created_at']) }}
    union all {{ fact_days('message', ref('email_events'), 'occurred_at', ['event_id', 'message_key', 'event',
        'channel', 'campaign_id', 'occurred_at']) }}
    union all {{ fact_days('answer', ref('survey_responses'), 'responded_at', ['response_id', 'survey', 'score',
        'reason_code', 'responded_at']) }}
    union all {{ fact_days('ticket', ref('support_tickets'), 'opened_at', ['ticket_id', 'channel', 'csat',
        'opened_at', 'first_replied_at', 'resolved_at']) }}
    union all {{ fact_days('review', ref('reviews'), 'created_at', ['review_id', 'rating', 'created_at', 'replied_at']) }}
    union all {{ fact_days('referral', ref('referrals'), 'created_at', ['referral_id', 'order_id', 'created_at']) }}
    union all {{ fact_days('mention', ref('social_mentions'), 'occurred_at', ['mention_id', 'sentiment', 'replied_at']) }}
    union all {{ fact_days('registration', ref('int_registrations'), 'created_at', ['shop_customer_id', 'created_at']) }}
    union all {{ fact_days('points', ref('int_loyalty_points'), 'occurred_at', ['entry_id', 'points', 'reason']) }}
    union all {{ fact_days('warranty', ref('warranties'), 'sold_at', ['warranty_id', 'order_id', 'price']) }}
    union all {{ fact_days('shipment', ref('shipments'), 'coalesce(delivered_at, shipped_at)', ['shipment_id',
        'order_id', 'shipped_at', 'promised_at', 'delivered_at']) }}
    union all {{ fact_days('spend', '(select *, null as customer_id from ' ~ ref('marketing_spend') ~ ') as spend',
        'spend_date', ['platform', 'campaign_id', 'spend_date', 'medium', 'impressions', 'clicks', 'conversions', 'cost']) }}
)

select * from int_fact_days
