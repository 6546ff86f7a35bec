//! Lifecycles as data: the pure decisions of the operator.
//!
//! Each cloud's lifecycle is one table of transitions ([`table::Edge`]), and planning is a search in it
//! ([`plan::plan`]). Nothing here does I/O or reads a clock: every function decides from data and `now`.
//!
//! | module | decides |
//! |---|---|
//! | [`table`], [`search`], [`plan`] | which step comes next, or which reason keeps the key where it is |
//! | [`azure`], [`salesforce`], [`oci`] | the tables, their guards and goal sets |
//! | [`goal`] | what a change of the desired state permits |
//! | [`intent`], [`sync`] | when an absence is proven, and when a create may be sent |
//! | [`approval`] | which approval covers a step that the manager wants approved |
//! | [`backup`], [`undo`] | what can bring a key back, and until when |
//! | [`backoff`], [`breaker`] | when to try again after a failure |
//! | [`budget`], [`thrashing`] | when there has been enough of it |
//! | [`conditions`] | what all of it reads like on the object |

pub mod action;
pub mod approval;
pub mod azure;
pub mod backoff;
pub mod backup;
pub mod breaker;
pub mod budget;
pub mod certificate;
pub mod conditions;
pub mod goal;
pub mod intent;
pub mod lease;
pub mod oci;

pub mod ownership;
pub mod plan;
pub mod reason;
pub mod salesforce;

pub mod search;
pub mod sync;
pub mod table;
pub mod tags;
pub mod thrashing;
pub mod undo;
