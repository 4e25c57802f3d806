-- From now on the rows of counts say how many clients have these attributes, too.
UPDATE vestnik_attribute SET is_counted = true WHERE NOT is_counted
