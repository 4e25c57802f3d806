-- Disables an endpoint by what it answered, not by anybody's decision. Its events wait.
UPDATE vestnik_webhook_endpoint SET enabled = false, disabled_code = %(code)s, disabled_at = now(), version = version + 1
WHERE id = %(endpoint)s AND enabled
