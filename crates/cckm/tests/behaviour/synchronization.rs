//! Whether a job has brought the cloud's news.

use crate::scripted::answering;
use cckm::{SynchronizationJob, SynchronizationStatus};

async fn job(fields: &str) -> SynchronizationJob {
    let body = format!(r#"{{"id":"j",{fields}}}"#);
    answering(200, &body)
        .oci()
        .keys()
        .synchronization_job("j")
        .await
        .unwrap()
}

#[tokio::test]
async fn a_job_is_finished_when_it_says_so_and_good_only_when_completed() {
    for (status, finished, good) in [
        ("in_progress", false, false),
        ("completed", true, true),
        ("COMPLETED", true, true),
        ("failed", true, false),
        ("paused", false, false),
    ] {
        let job = job(&format!(r#""overall_status":"{status}""#)).await;
        assert_eq!(
            (job.is_finished(), job.ok_for("v")),
            (finished, good),
            "{status}"
        );
    }
    let silent = job(r#""overall_status":null"#).await;
    assert_eq!(silent.status, SynchronizationStatus::Other(String::new()));
    assert!(!silent.is_finished());
    let ended = job(r#""overall_status":"cancelled","completed_at":"2026-01-01T00:00:00Z""#).await;
    assert!(ended.is_finished() && !ended.ok_for("v"));
}

#[tokio::test]
async fn a_completed_job_that_was_aborted_is_not_good() {
    assert!(
        !job(r#""overall_status":"completed","abort":true"#)
            .await
            .ok_for("v")
    );
    assert!(
        job(r#""overall_status":"completed","abort":false"#)
            .await
            .ok_for("v")
    );
}

#[tokio::test]
async fn a_completed_job_is_not_good_for_a_container_whose_detail_names_a_failure() {
    for (detail, good) in [
        (r#"{"v":"completed"}"#, true),
        (r#"{"v":"synchronized 12 keys, 0 failed"}"#, true),
        (r#"{"v":"failed: 0, no errors"}"#, true),
        (
            r#"{"v":{"status":"completed","error":"","failed":0}}"#,
            true,
        ),
        (r#"{"v":null}"#, true),
        ("{}", true),
        ("null", true),
        (r#"{"v":"failed"}"#, false),
        (r#"{"v":"completed with errors"}"#, false),
        (r#"{"v":"synchronized 12 keys, 2 failed"}"#, false),
        (r#"{"v":{"status":"completed","error":"quota"}}"#, false),
        (r#"{"v":{"failed_keys":3}}"#, false),
        (r#"{"v":["completed","permission denied"]}"#, false),
        (r#"{"V":"Failed"}"#, false),
        (r#"{"v":"completed","w":"failed"}"#, true),
        (r#"{"other name of v":"failed"}"#, false),
        (r#"{"other name of v":"completed"}"#, true),
        (r#""failed""#, false),
    ] {
        let job = job(&format!(
            r#""overall_status":"completed","detailed_status":{detail}"#
        ))
        .await;
        assert_eq!(job.ok_for("v"), good, "{detail}");
    }
}
