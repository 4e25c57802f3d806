-- What personal_audiences.sql made.
DROP FUNCTION vestnik_personal_audience() CASCADE;
