//! What an error tells its reader to do.

use crate::scripted::{Scripted, answering, client};
use bytes::Bytes;
use cckm::{Class, Error, TransportError, TransportErrorKind};
use std::time::Duration;

/// The error of a write that is answered so.
async fn write(status: u16, body: &str) -> Error {
    answering(status, body)
        .azure()
        .secrets()
        .hard_delete("some-id")
        .await
        .unwrap_err()
}

async fn read(status: u16, body: &str) -> Error {
    answering(status, body)
        .azure()
        .secrets()
        .get("some-id")
        .await
        .unwrap_err()
}

#[tokio::test]
async fn every_status_has_a_class_and_says_whether_the_write_may_have_happened() {
    use Class::{Terminal, Transient, Waiting};
    let ours = r#"{"code":9,"codeDesc":"NCERRInvalidParamValue: no"}"#;
    for (status, body, class, unknown) in [
        (302, "", Terminal, false),
        (400, ours, Terminal, false),
        (403, ours, Terminal, false),
        (404, ours, Terminal, false),
        (404, "<html>default backend</html>", Transient, false),
        (408, "", Transient, true),
        (409, ours, Waiting, false),
        (422, ours, Terminal, false),
        (429, "", Transient, false),
        (
            429,
            r#"{"message":"TooManyRequests: quota exceeded for now"}"#,
            Transient,
            false,
        ),
        (
            429,
            r#"{"message":"QuotaExceeded: keys per vault"}"#,
            Terminal,
            false,
        ),
        (
            400,
            r#"{"message":"OCI answers TooManyRequests"}"#,
            Transient,
            false,
        ),
        (
            403,
            r#"{"message":"REQUEST_LIMIT_EXCEEDED"}"#,
            Transient,
            false,
        ),
        (500, ours, Transient, true),
        (502, "<html>", Transient, true),
        (503, "", Transient, true),
        (504, "", Transient, true),
    ] {
        let error = write(status, body).await;
        assert_eq!(
            (error.class(), error.outcome_unknown()),
            (class, unknown),
            "{status} {body}"
        );
        assert!(
            !read(status, body).await.outcome_unknown(),
            "a read changes nothing: {status} {body}"
        );
    }
}

#[tokio::test]
async fn not_found_counts_only_in_the_managers_own_words() {
    assert!(
        read(
            404,
            r#"{"code":16,"codeDesc":"NCERRResourceNotFound: Resource not found"}"#
        )
        .await
        .is_not_found()
    );
    assert!(
        read(404, r#"{"codeDesc":"NCERRResourceNotFound"}"#)
            .await
            .is_not_found()
    );
    for page in [
        "",
        "404 page not found",
        "<html>nginx</html>",
        "{}",
        r#"{"message":"no Route matched"}"#,
    ] {
        assert!(!read(404, page).await.is_not_found(), "{page}");
    }
}

#[tokio::test]
async fn the_kind_of_refusal_can_be_asked_for() {
    assert!(write(409, "").await.is_conflict());
    assert!(write(403, "").await.is_forbidden());
    assert!(write(401, "").await.is_unauthorized());
    assert!(write(429, "").await.is_throttled());
    assert!(
        !write(429, r#"{"codeDesc":"x: LimitExceeded"}"#)
            .await
            .is_throttled()
    );
}

#[tokio::test]
async fn the_managers_symbol_and_number_are_found_in_both_forms_of_its_errors() {
    for body in [
        r#"{"code":5,"codeDesc":"NCERRUnauthorizedAccess","message":"Wrong","requestID":"r-1"}"#,
        r#"{"code":"5","codeDesc":"NCERRUnauthorizedAccess: Wrong","requestID":"r-1"}"#,
    ] {
        let error = write(400, body).await;
        let status = error.status().unwrap();
        assert_eq!(status.symbol.as_deref(), Some("NCERRUnauthorizedAccess"));
        assert_eq!(
            (status.code, status.request_id.as_deref()),
            (Some(5), Some("r-1"))
        );
        assert!(status.message.mentions("wrong"));
        assert_eq!(
            error.to_string(),
            "POST /v1/cckm/azure/secrets/{id}/hard-delete: HTTP 400 NCERRUnauthorizedAccess"
        );
    }
    for body in [
        r#"{"codeDesc":"not a symbol: x"}"#,
        r#"{"codeDesc":7.5}"#,
        "[]",
        "\u{0}",
        r#"{"codeDesc":""}"#,
    ] {
        let error = write(400, body).await;
        assert_eq!(
            error.to_string(),
            "POST /v1/cckm/azure/secrets/{id}/hard-delete: HTTP 400",
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_failed_exchange_is_classified_by_its_kind() {
    use TransportErrorKind::{Closed, Connect, Other, Timeout, TooLarge, UntrustedCertificate};
    for (kind, sent, class) in [
        (Timeout, true, Class::Transient),
        (Timeout, false, Class::Transient),
        (Connect, false, Class::Transient),
        (Closed, true, Class::Transient),
        (Other, true, Class::Transient),
        (UntrustedCertificate, false, Class::Terminal),
        (TooLarge, true, Class::Terminal),
    ] {
        let failure = TransportError {
            kind,
            may_have_been_sent: sent,
        };
        let client = client(Scripted::with_login(move |_| Err(failure)));
        let error = client.oci().keys().disable("k").await.unwrap_err();
        assert_eq!(
            (error.class(), error.outcome_unknown()),
            (class, sent),
            "{kind:?}"
        );
        assert!(
            !client
                .oci()
                .keys()
                .refresh("k")
                .await
                .unwrap_err()
                .outcome_unknown(),
            "changes no key"
        );
    }
}

#[tokio::test]
async fn a_success_that_cannot_be_read_may_have_happened() {
    let error = write(200, "{}").await;
    assert_eq!(
        (error.class(), error.outcome_unknown()),
        (Class::Terminal, true)
    );
    assert!(!read(200, "{}").await.outcome_unknown());
}

#[tokio::test]
async fn the_time_to_wait_is_read_in_seconds_and_as_a_date() {
    for (retry_after, date, expected) in [
        ("120", None, Some(Duration::from_mins(2))),
        (" 0 ", None, Some(Duration::ZERO)),
        ("99999999999", None, Some(Duration::from_hours(24))),
        (
            "Fri, 02 Jan 2026 10:00:30 GMT",
            Some("Fri, 02 Jan 2026 10:00:00 GMT"),
            Some(Duration::from_secs(30)),
        ),
        (
            "Fri, 02 Jan 2026 09:00:00 GMT",
            Some("Fri, 02 Jan 2026 10:00:00 GMT"),
            Some(Duration::ZERO),
        ),
        ("Fri, 02 Jan 2026 10:00:30 GMT", None, None),
        ("-1", None, None),
        ("soon", Some("Fri, 02 Jan 2026 10:00:00 GMT"), None),
    ] {
        let client = client(Scripted::with_login(move |_| {
            let mut reply = http::Response::builder()
                .status(429)
                .header("Retry-After", retry_after);
            if let Some(date) = date {
                reply = reply.header("Date", date);
            }
            Ok(reply.body(Bytes::new()).unwrap())
        }));
        assert_eq!(
            client
                .oci()
                .keys()
                .get("k")
                .await
                .unwrap_err()
                .retry_after(),
            expected,
            "{retry_after}"
        );
    }
}
