-- The first statement of a transaction whose statements must all see the same rows.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
