"""Predicted value and churn: takes a purchase summary, gives fitted models and predictions per customer.

Nothing in this room knows dbt, Dagster or the shop; it is arithmetic over columns frequency, recency, T,
monetary.
"""
