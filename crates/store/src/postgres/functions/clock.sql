-- The database's time: what every node reckons with, whatever its own clock shows.
CREATE FUNCTION clock() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
END $$;
