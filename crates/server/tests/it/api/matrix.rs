//! Every route that is mounted with every kind of caller: who may do what, and that no company reaches another's things.

mod companies;
mod fields;
mod lists;
mod mounted;
mod outside;
mod roles;
mod scopes;
mod table;
mod things;
