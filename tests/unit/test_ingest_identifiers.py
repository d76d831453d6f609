"""E-mail addresses, phone numbers and the identifiers of rules in their normalised form."""

import pytest
from ingest_shop import Shop

from dagster_project.ingest.identifiers import normalise_email, normalise_identifier, normalise_phone


@pytest.mark.parametrize(
    ("delivered", "normal"),
    [
        ("Taro@Example.JP", "taro@example.jp"),
        ("  ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ ", "taro@example.jp"),
        ("-", None),
        ("none", None),
        ("mailto:A@b.jp", "a@b.jp"),
        (" <a@b.jp>; ", "a@b.jp"),
        ("<mailto:a@b.jp>,", "a@b.jp"),
        ("a\u200b@\u00adb.jp\ufeff", "a@b.jp"),
        ("mailto:", None),
        ("@b.jp", None),
        ("a@", None),
        (" @ ", None),
        ("a@b@c.jp", None),
    ],
)
def test_email(delivered, normal):
    assert normalise_email(delivered) == normal


@pytest.mark.parametrize(
    ("delivered", "country", "normal"),
    [
        ("090-1234-5678", "JP", "+819012345678"),
        ("０９０ー１２３４ー５６７８", "JP", "+819012345678"),
        ("+81 90 1234 5678", "US", "+819012345678"),
        ("(212) 555-0100", "US", "+12125550100"),
        ("03-1234-5678", "JP", "+81312345678"),
        ("'090-1234-5678", "JP", "+819012345678"),
        ("9012345678.0", "JP", "+819012345678"),
        ("0081 90 1234 5678", "JP", "+819012345678"),
        ("03-1234-5678 ext. 11", "JP", "+81312345678;ext=11"),
        ("8.19E+11", "JP", None),
        ("000-0000-0000", "JP", None),
        ("12", "JP", None),
        ("none", "JP", None),
        ("1" * 400, "JP", None),
    ],
)
def test_phone(delivered, country, normal):
    assert normalise_phone(delivered, country) == normal


@pytest.mark.parametrize(
    ("delivered", "normal"),
    [
        ("email:A@B.jp", "email:a@b.jp"),
        ("phone: 090-1234-5678", "phone:+819012345678"),
        ("shop_customer_id:aB:1", "shop_customer_id:aB:1"),
        ("device_id: d1 ", "device_id:d1"),
        ("LINE_user_id:U1", "line_user_id:U1"),
        ("email:nobody", None),
        ("phone:1", None),
        ("device_id:", None),
        ("cookie:1", None),
        ("a@b.jp", None),
        (":", None),
    ],
)
def test_identifier_of_a_rule(delivered, normal):
    assert normalise_identifier(delivered, "JP") == normal


def test_normalised_identifiers_stand_beside_the_delivered_text(tmp_path):
    shop = Shop(tmp_path)
    rows = shop.take(
        "customers",
        "customer_id,created_at,email,phone\nc1,2026-11-01, A@B.jp ,090-1234-5678\nc2,2026-11-01,-,\n",
    )
    assert [(r["email"], r["_email"], r["phone"], r["_phone"]) for r in rows] == [
        ("A@B.jp", "a@b.jp", "090-1234-5678", "+819012345678"),
        (None, None, None, None),
    ]
    rules = shop.take("identity_rules", "rule_id,kind,identifier_a,identifier_b\nr,ignore,email:A@b.jp,x\n")
    assert (rules[0]["_identifier_a"], rules[0]["_identifier_b"]) == ("email:a@b.jp", None)
    text = "referral_id,referrer_customer_id,referee_email,created_at\nr,c,A@b.jp,2026-11-01\n"
    assert shop.take("referrals", text)[0]["_referee_email"] == "a@b.jp"


def test_phone_numbers_are_read_as_in_the_country_of_the_shop(tmp_path):
    shop = Shop(tmp_path)
    shop.write_shop_yml("country: US\n")
    rows = shop.take("customers", "customer_id,created_at,phone\nc,2026-11-01,212-555-0100\n")
    assert rows[0]["_phone"] == "+12125550100"
