-- No dispatcher of this gateway could be started here, and there is none anywhere else (names: how theirs begin): it does not
-- count as up (gateways_up.sql), so others take over, until one has opened it (note_opened.sql).
UPDATE vestnik_gatewaystate SET unopened = %(reason)s
WHERE id = %(gateway)s AND unopened <> %(reason)s
  AND NOT EXISTS (SELECT FROM pg_stat_activity
                  WHERE datname = current_database() AND starts_with(application_name, %(names)s))
RETURNING pg_notify('vestnik', 'gateway')
