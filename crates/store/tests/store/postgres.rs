//! Postgres: what several processes on one database add.

mod migrating;
mod notices;
mod outages;
mod racing;
mod rights;
