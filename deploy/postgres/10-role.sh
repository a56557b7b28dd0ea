#!/bin/sh
# Runs once, on an empty data folder. The role of slot-recovery owns its database but is not a superuser. It may
# create roles, because migrations create the role of the dashboard, which can access only one shop at a time.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password DATABASE_PASSWORD
CREATE ROLE slots LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE slots OWNER slots;
SQL
