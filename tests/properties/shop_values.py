"""What the random shops choose from: the values of each column whose value depends on nothing else."""

from __future__ import annotations

Texts = dict[str, str]

PRODUCTS = "goods1|goods2|goods3|goods4|goods5|goods6|card|service|warranty|unheard|withdrawn|no_cost"
#: Platforms and their campaigns; `unpaid` has cost nothing yet, and two platforms know `brand`.
PLATFORMS = [("Meta", "spring"), ("google", "summer"), ("google", "brand"), ("yahoo", "brand")]
#: What comes of them on the later day: a campaign that is paid now, one that moves, a source that is one.
LATER_CAMPAIGNS = [("google", "unpaid"), ("abc", "summer"), ("line_ads", "winter")]
#: What comes of products on the later day.
LATER_PRODUCTS: dict[str, Texts] = {
    "goods1": {"name": "Pot"},
    "goods2": {"category": "pots"},
    "goods3": {"brand": "west"},
    "goods4": {"unit_cost": "99"},
    "goods5": {"kind": "gift_card"},
    "unheard": {"kind": "goods", "unit_cost": "5"},
}
CAMPAIGNS = "||spring|summer|brand|letter|unpaid"
MONEY = "0|1|1000|999.99|500.5|2000|3000|+120|1e3|0.00005"
COUNTS = "|0|0|1|2.0"
YES_OR_NO = "|true|no|1|N"
#: The columns by which a row may know its person: filled together, see `ShopMaker.named`.
IDENTIFIERS = ("customer_id", "email", "phone", "line_user_id", "device_id")
#: What stands in a column whose value depends on nothing else, separated by `|`; with nothing between,
#: nothing; `&` is a `|` within a value.
CHOICES: dict[str, Texts] = {
    "orders": {
        "status": "paid|paid|Shipped|delivered|delivered|pending|cancelled|refunded",
        "channel": "|online|App|store|marketplace",
        "order_name": "|#1001|#1002",
        "store_id": "||shibuya|umeda",
        "currency": "||JPY|jpy|USD|usd|EUR|GBP",
        "subtotal": MONEY,
        "discount": "|0|100|50.5",
        "shipping": "|0|500|490.9",
        "tax": "|0|100|0.1",
        "total": MONEY,
        "coupon_code": "|||WELCOME|spring10",
        "payment_method": "|card|konbini|cod",
        "campaign_id": CAMPAIGNS,
        "is_test": "||||false|no|true|x",
    },
    "order_items": {
        "product_id": PRODUCTS,
        "quantity": "1|2|0|1.5|-1",
        "unit_price": MONEY,
        "discount": "|0|10|0.25",
    },
    "refunds": {"amount": "0|50|1000|2000|9999.99", "reason": "|size|broken"},
    "products": {
        "name": "|Tea|Cup|茶",
        "category": "|tea|cups|gifts",
        "brand": "|north|south",
        "kind": "|goods|goods|service|warranty|membership|gift_card|bogus",
        "unit_cost": "|1|7.5|40",
    },
    "customers": {
        "name": "|山田 太郎|Suzuki",
        "birth_year": "|1970|1999",
        "birth_date": "|1980-05-20|2000-02-29|1999-06-01",
        "gender": "|f|m|x",
        "prefecture": "|東京都|大阪府",
        "is_member": YES_OR_NO,
        "accepts_email": "||true|true|no",
        "accepts_sms": YES_OR_NO,
        "accepts_ads": YES_OR_NO,
    },
    "sessions": {
        "duration_s": "||0|9.5|30.5|1800",
        "landing_page": "|/|/tea?q=1",
        "source": "||google|Meta|direct|newsletter|line_ads",
        "medium": "|cpc|organic|email",
        "campaign_id": CAMPAIGNS,
        "device_type": "|mobile|desktop",
        "pageviews": "|0|1|2|9",
        "product_views": COUNTS,
        "add_to_carts": COUNTS,
        "checkouts": COUNTS,
        "searches": COUNTS,
        "video_views": COUNTS,
        "tracking_views": COUNTS,
        "currency": "|JPY|USD",
        "viewed_products": "||goods1|goods1&goods2|goods3&card&goods4",
    },
    "carts": {
        "value": "|0|1500|99.5",
        "payment_method": "|card|konbini",
        "abandoned_step": "|address|payment",
    },
    "surveys": {
        "survey": "nps|NPS|nps|csat|visit_reason|purchase_reason|exit_reason|cancel_reason",
        "score": "|0|1|5|6|6.5|7|9|10|10|11|-1",
        "reason_code": "|price|gift|delivery",
        "comment": "|good|高い",
    },
    "marketing_spend": {
        "campaign_name": "|Spring|Summer",
        "medium": "|cpc|display",
        "impressions": "|0|100|5000",
        "clicks": "|0|3|50",
        "cost": "0|100|250.5|3000",
        "currency": "||JPY|usd|GBP",
        "conversions": "|0|1|4.5",
    },
    "email_events": {
        "channel": "||email|sms|line|push",
        "campaign_id": CAMPAIGNS,
        "event": "sent|sent|delivered|opened|opened|clicked|clicked|bounced|unsubscribed|complained",
    },
    "leads": {
        "kind": "newsletter|Webinar|trial|form|chat||bogus",
        "status": "|open|won|lost",
        "campaign_id": CAMPAIGNS,
    },
    "support_tickets": {
        "channel": "|chat|email|phone|social",
        "reason_code": "|delivery|return|price",
        "csat": "|1|3|5|5",
    },
    "reviews": {"product_id": f"|{PRODUCTS}", "rating": "1|3.5|4|5|6", "body": "|fine|悪い"},
    "referrals": {},
    "loyalty_points": {
        "points": "10|600|-5|1500|2.5",
        "reason": "|purchase|referral|social|review|campaign|redeem|expire|adjust",
    },
    "shipments": {"status": "|shipped|delivered|lost", "notifications": "|0|1|3"},
    "warranties": {
        "product_id": PRODUCTS,
        "price": "|0|500|99.5",
        "starts_on": "|2026-03-01|2026-05-01",
        "ends_on": "|2026-05-15|2027-03-01",
    },
    "social_mentions": {
        "handle": "|@a|@b",
        "platform": "x|Instagram|tiktok",
        "sentiment": "positive|positive|neutral|negative|?|",
    },
    "consents": {"channel": "email|email|sms|line|push|ads", "granted": "t|t|1|N"},
    "fx_rates": {"rate": "140.25|150.5|160.75"},
    "kpi_targets": {"target": "0.1|5|1000"},
    "identity_rules": {"kind": "must_link|cannot_link|ignore"},
}
