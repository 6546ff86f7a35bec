//! The admin API under `/simulator/`: without a token, and only where it was asked for. Its
//! liveness check is always there.

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    clock::Clock, console::Change, faults::Fault, log::LoggedRequest, simulator::Simulator,
    world::description::World,
};

pub(crate) fn router(simulator: &Simulator) -> Router {
    let mut router = Router::new().route("/simulator/healthz", get(|| async { "ok" }));
    if simulator.admin() {
        router = router
            .route("/simulator/time", get(time).post(set_time))
            .route("/simulator/world", post(add))
            .route("/simulator/requests", get(requests))
            .route("/simulator/faults", get(faults).post(inject).delete(clear))
            .route("/simulator/faults/release", post(release))
            .route("/simulator/switches", get(switches).post(set_switches))
            .route("/simulator/console", post(console))
            .route("/simulator/truth", get(truth))
            .route("/simulator/rows", get(rows));
    }
    router.with_state(simulator.clone())
}

/// A refusal of the admin API: 400 and a sentence.
struct Refused(String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": self.0 }))).into_response()
    }
}

#[derive(Serialize)]
struct Time {
    now: Timestamp,
    clock: Clock,
}

async fn time(State(simulator): State<Simulator>) -> Json<Time> {
    Json(Time {
        now: simulator.now(),
        clock: simulator.clock(),
    })
}

/// What to do to the clock, in this order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetTime {
    /// Replaces the clock.
    clock: Option<Clock>,
    /// Makes this instant the present.
    now: Option<Timestamp>,
    /// Lets time run so many times as fast as the machine's.
    rate: Option<f64>,
    /// Stops the clock where it stands.
    #[serde(default)]
    stop: bool,
    /// Moves the present by so many seconds.
    advance_seconds: Option<f64>,
}

async fn set_time(
    State(simulator): State<Simulator>,
    Json(wish): Json<SetTime>,
) -> Result<Json<Time>, Refused> {
    if wish
        .rate
        .is_some_and(|rate| !rate.is_finite() || rate <= 0.0)
    {
        return Err(Refused(
            "rate: must be more than 0; use stop to stop the clock".to_owned(),
        ));
    }
    let step = wish
        .advance_seconds
        .map(SignedDuration::try_from_secs_f64)
        .transpose();
    let step = step.map_err(|error| Refused(format!("advance_seconds: {error}")))?;
    simulator.reclock(|clock| {
        *clock = wish.clock.unwrap_or(*clock);
        if let Some(now) = wish.now {
            clock.set(now);
        }
        if let Some(rate) = wish.rate {
            clock.run(rate);
        }
        if wish.stop {
            *clock = Clock::manual(clock.now());
        }
        if let Some(step) = step {
            clock.advance(step);
        }
    });
    Ok(time(State(simulator)).await)
}

async fn add(
    State(simulator): State<Simulator>,
    Json(world): Json<World>,
) -> Result<Json<Value>, Refused> {
    simulator.add(&world).map(Json).map_err(Refused)
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn requests(
    State(simulator): State<Simulator>,
    Query(query): Query<Since>,
) -> Json<Vec<LoggedRequest>> {
    Json(simulator.requests(query.since))
}

async fn faults(State(simulator): State<Simulator>) -> Json<Vec<Fault>> {
    Json(simulator.faults())
}

async fn inject(State(simulator): State<Simulator>, Json(fault): Json<Fault>) -> StatusCode {
    simulator.inject(fault);
    StatusCode::NO_CONTENT
}

async fn clear(State(simulator): State<Simulator>) -> StatusCode {
    simulator.clear_faults();
    StatusCode::NO_CONTENT
}

async fn release(State(simulator): State<Simulator>) -> StatusCode {
    simulator.release();
    StatusCode::NO_CONTENT
}

async fn switches(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!(simulator.switches()))
}

/// Takes an object of some switches. None is set when one of them can't be.
async fn set_switches(
    State(simulator): State<Simulator>,
    Json(wishes): Json<serde_json::Map<String, Value>>,
) -> Result<Json<Value>, Refused> {
    simulator.set_switches(&wishes).map_err(Refused)?;
    Ok(switches(State(simulator)).await)
}

async fn console(
    State(simulator): State<Simulator>,
    Json(change): Json<Change>,
) -> Result<Json<Value>, Refused> {
    simulator.console(&change).map(Json).map_err(Refused)
}

async fn truth(State(simulator): State<Simulator>) -> Json<Value> {
    Json(simulator.truth())
}

async fn rows(State(simulator): State<Simulator>) -> Json<Value> {
    Json(simulator.rows())
}
