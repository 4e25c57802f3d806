-- What attribute_counts.sql made.
DROP FUNCTION vestnik_count_attributes() CASCADE;
DROP FUNCTION vestnik_discount_attributes() CASCADE;
DROP FUNCTION vestnik_forget_attribute_counts() CASCADE;
DROP FUNCTION vestnik_fold_attribute_counts();
