-- For the administrator of a database server, once. Framme signs in as framme_owner (DATABASE_URL) to make its tables, and takes the role
-- framme_runtime for everything else: that one owns nothing, and may only add to the tables that keep facts.
CREATE ROLE framme_owner LOGIN PASSWORD 'choose one';
CREATE ROLE framme_runtime NOLOGIN;
GRANT framme_runtime TO framme_owner;
CREATE DATABASE framme OWNER framme_owner ENCODING 'UTF8' TEMPLATE template0;
