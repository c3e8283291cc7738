-- Whether most of the connections are in use or kept that the server allows: those who keep some that they do not
-- need must give them back, or others get none.
CREATE FUNCTION is_crowded() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM pg_stat_get_backend_idset()) * 4 > 3 * (
        current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint);
END $$;
