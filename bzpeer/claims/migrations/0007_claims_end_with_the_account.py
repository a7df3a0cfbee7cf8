"""No account is closed while its claims stand, whichever door closes it: looked at when the transaction ends."""

from django.db import migrations

CREATE = """
    CREATE FUNCTION claims_end_with_the_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM accounts_user WHERE id = NEW.id AND NOT is_active)
           AND EXISTS (SELECT FROM claims_claim WHERE user_id = NEW.id AND state IN ('started', 'review', 'accepted')) THEN
            RAISE EXCEPTION 'Account % is closed while claims of it stand: save the member one by one, or call close_account first.', NEW.id
                  USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER claims_end_with_the_account
           AFTER UPDATE OF is_active ON accounts_user DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
           EXECUTE FUNCTION claims_end_with_the_account();
"""
DROP = """
    DROP TRIGGER claims_end_with_the_account ON accounts_user;
    DROP FUNCTION claims_end_with_the_account();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0006_waiting_times"),
        ("accounts", "__first__"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
