-- An event, and its deliveries: webhooks.sql of the models has the function.
SELECT vestnik_tell(%(kind)s, %(data)s::jsonb)
