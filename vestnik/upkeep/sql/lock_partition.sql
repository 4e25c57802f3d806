-- Nobody changes messages of a partition, by its quoted name, until the transaction ends: a receipt that comes now waits, and
-- those before are committed, so that what is counted next is final. Everybody may read.
LOCK TABLE {name} IN SHARE MODE
