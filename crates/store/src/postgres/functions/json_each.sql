-- The elements of a JSON array of texts, as SQLite tells them.
CREATE FUNCTION json_each(p_array text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.json_array_elements_text(p_array::json)
$$;

-- Where a part stands in a text, as SQLite calls it.
CREATE FUNCTION instr(p_text text, p_part text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.strpos(p_text, p_part)
$$;
