-- One row per planted parameter.
select
    name,
    value
from (values
    ('seed', getvariable('seed')::varchar),
    ('customers', getvariable('customers')::varchar),
    ('days', getvariable('days')::varchar),
    ('first_day', getvariable('first_day')::varchar),
    ('last_day', getvariable('last_day')::varchar),
    ('purchase_rate_gamma_shape_r', '1.5'),
    ('purchase_rate_gamma_rate_alpha_days', (1.5 * getvariable('mean_gap_days'))::varchar),
    ('dropout_beta_a', '1'),
    ('dropout_beta_b', getvariable('dropout_b')::varchar),
    ('sessions_per_customer', getvariable('sessions_per_customer')::varchar)
) as parameters (name, value)
