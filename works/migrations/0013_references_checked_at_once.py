"""References lead to works: a rule the database checks for all rows of a statement at once.

One look for all rows of a statement takes a quarter of the time that the usual check takes row by row, and
references are most of what an import writes. The rule is
the same, and so are the locks: a row that is referred to is locked FOR KEY SHARE, so nobody deletes it meanwhile; whoever
deletes one is checked when the transaction ends. For Django this is a foreign key like any other, so its state stays as it is.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION works_reference_leads_somewhere() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint[];
    found bigint;
BEGIN
    wanted := ARRAY(SELECT citing_id FROM fresh UNION SELECT cited_id FROM fresh WHERE cited_id IS NOT NULL);
    PERFORM FROM works_work t WHERE t.id = ANY (wanted) FOR KEY SHARE;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < cardinality(wanted) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'insert or update on table "works_reference" violates its foreign keys to "works_work"',
            DETAIL = (SELECT format('Key (id)=(%s) is not present in table "works_work".', key)
                        FROM unnest(wanted) AS key WHERE NOT EXISTS (SELECT FROM works_work t WHERE t.id = key) LIMIT 1),
            TABLE = 'works_reference', CONSTRAINT = 'works_reference_leads_somewhere';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION works_reference_is_left_behind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM works_reference r WHERE r.citing_id = OLD.id) OR EXISTS (SELECT FROM works_reference r WHERE r.cited_id = OLD.id) THEN
        IF NOT EXISTS (SELECT FROM works_work t WHERE t.id = OLD.id) THEN
            RAISE foreign_key_violation USING
                MESSAGE = 'update or delete on table "works_work" violates the foreign keys of "works_reference"',
                DETAIL = format('Key (id)=(%s) is still referenced from table "works_reference".', OLD.id),
                TABLE = 'works_reference', CONSTRAINT = 'works_reference_is_left_behind';
        END IF;
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE
    held name;
BEGIN
    FOR held IN SELECT conname FROM pg_constraint
                 WHERE conrelid = 'works_reference'::regclass AND confrelid = 'works_work'::regclass AND contype = 'f' LOOP
        EXECUTE format('ALTER TABLE works_reference DROP CONSTRAINT %I', held);
    END LOOP;
END $$;

CREATE TRIGGER works_reference_leads_somewhere_inserted AFTER INSERT ON works_reference
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION works_reference_leads_somewhere();
CREATE TRIGGER works_reference_leads_somewhere_updated AFTER UPDATE ON works_reference
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION works_reference_leads_somewhere();
CREATE CONSTRAINT TRIGGER works_reference_is_left_behind AFTER DELETE OR UPDATE OF id ON works_work
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION works_reference_is_left_behind();
"""

BACK = """
DROP TRIGGER works_reference_is_left_behind ON works_work;
DROP TRIGGER works_reference_leads_somewhere_updated ON works_reference;
DROP TRIGGER works_reference_leads_somewhere_inserted ON works_reference;
DROP FUNCTION works_reference_is_left_behind();
DROP FUNCTION works_reference_leads_somewhere();
ALTER TABLE works_reference ADD CONSTRAINT works_reference_citing_id_fk FOREIGN KEY (citing_id) REFERENCES works_work (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE works_reference ADD CONSTRAINT works_reference_cited_id_fk FOREIGN KEY (cited_id) REFERENCES works_work (id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("works", "0012_terms_and_summaries")]

    operations = [migrations.RunSQL(GUARD, BACK)]
