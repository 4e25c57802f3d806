-- What webhooks.sql made.
DROP FUNCTION vestnik_tell_of_inbound() CASCADE;
DROP FUNCTION vestnik_tell_of_gateway() CASCADE;
DROP FUNCTION vestnik_tell_of_import() CASCADE;
DROP FUNCTION vestnik_tell_of_mailing() CASCADE;
DROP FUNCTION vestnik_tell(text, jsonb);
