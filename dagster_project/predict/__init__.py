"""Predicted value and churn: takes a purchase summary, gives fitted models and predictions per customer.

Arithmetic over columns frequency, recency, T, monetary. Only `tables` knows where the shop's tables lie, and
nothing here knows dbt or Dagster.
"""
