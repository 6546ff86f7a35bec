//! Every situation of a small world is visited: the operator's passes, crashes at each point, lost and late replies,
//! syncs, time, people's changes of mind and other people's hands, in every order. What must never happen is checked on
//! each step; what must happen, by letting each situation come to rest.
//!
//! The remote side here is written from the clouds' rules and not from the planner's tables. A check that nothing can
//! fail is worth nothing, so each has a planted mistake that it must find.

mod azure;
mod diagrams;
mod explore;
mod new_version;
mod oci;
mod operator;
mod rotation;
mod salesforce;
mod series;
mod world;
