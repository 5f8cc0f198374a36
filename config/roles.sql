-- For the administrator of a database server, once. What each role is for stands in wall.sql.
-- `manage.py setup` signs in as framme_owner (DATABASE_URL); everything else signs in as framme_runtime, which owns nothing and sees no service's
-- rows without a scope: by a DATABASE_URL of its own, or by the password in $FRAMME_HOME/secrets/framme_runtime where the owner's URL is given.
CREATE ROLE framme_owner LOGIN PASSWORD 'choose one';
CREATE ROLE framme_definer NOLOGIN;
GRANT framme_definer TO framme_owner;
CREATE ROLE framme_runtime LOGIN PASSWORD 'choose another';
CREATE ROLE framme_backup LOGIN BYPASSRLS PASSWORD 'choose a third';  -- pg_dump --exclude-table=wall.key; after a restore, setup makes new keys
CREATE DATABASE framme OWNER framme_owner ENCODING 'UTF8' TEMPLATE template0;
