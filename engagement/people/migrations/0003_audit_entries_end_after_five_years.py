from django.db import migrations

# An entry is never changed, and not deleted for five years. The day of grace is for a worker whose
# clock is a little ahead of the database's.
KEPT_FOR_FIVE_YEARS = """
DROP TRIGGER people_audit_is_append_only ON people_auditentry;
CREATE TRIGGER people_audit_is_append_only BEFORE UPDATE ON people_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION people_audit_is_append_only();
CREATE FUNCTION people_audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '5 years' + interval '1 day' THEN
        RAISE EXCEPTION 'The audit log is append-only: DELETE is refused for five years.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER people_audit_is_kept BEFORE DELETE ON people_auditentry
    FOR EACH ROW EXECUTE FUNCTION people_audit_is_kept();
"""
KEPT_FOR_GOOD = """
DROP TRIGGER people_audit_is_kept ON people_auditentry;
DROP FUNCTION people_audit_is_kept();
DROP TRIGGER people_audit_is_append_only ON people_auditentry;
CREATE TRIGGER people_audit_is_append_only BEFORE UPDATE OR DELETE ON people_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION people_audit_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0002_roster_import_stages")]

    operations = [migrations.RunSQL(KEPT_FOR_FIVE_YEARS, KEPT_FOR_GOOD)]
