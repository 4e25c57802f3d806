-- May message m have been delivered by an attempt at another gateway than the one that sends it now? One in doubt is
-- sent again only where it is (goes_over.sql), but for those of which nobody knows that (0), or whose gateway is not in use any
-- more. Where there never was a second gateway, it was this one.
(m.in_doubt AND m.gateway_id IS NOT DISTINCT FROM 0 AND EXISTS (SELECT FROM vestnik_gateway WHERE id <> 1))
