"""What was asked once stays as it was asked: the database refuses to change or delete it."""

from django.db import migrations

STANDS = """
CREATE FUNCTION surveys_asked_version_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Version % of this instrument has been asked: it cannot be deleted.',
            OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'instrument_version_asked_stands';
    END IF;
    IF NEW.content IS DISTINCT FROM OLD.content
        OR NEW.number <> OLD.number
        OR NEW.instrument_id <> OLD.instrument_id
        OR NEW.created_at <> OLD.created_at
        OR NEW.first_asked_at IS DISTINCT FROM OLD.first_asked_at
    THEN
        RAISE EXCEPTION 'Version % of this instrument has been asked: it cannot be changed.',
            OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'instrument_version_asked_stands';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER surveys_asked_version_stands_on_update
    BEFORE UPDATE ON surveys_instrumentversion
    FOR EACH ROW WHEN (OLD.first_asked_at IS NOT NULL)
    EXECUTE FUNCTION surveys_asked_version_stands();
CREATE TRIGGER surveys_asked_version_stands_on_delete
    BEFORE DELETE ON surveys_instrumentversion
    FOR EACH ROW WHEN (OLD.first_asked_at IS NOT NULL)
    EXECUTE FUNCTION surveys_asked_version_stands();
"""
FALLS = """
DROP TRIGGER surveys_asked_version_stands_on_update ON surveys_instrumentversion;
DROP TRIGGER surveys_asked_version_stands_on_delete ON surveys_instrumentversion;
DROP FUNCTION surveys_asked_version_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_surveys")]

    operations = [migrations.RunSQL(STANDS, FALLS)]
