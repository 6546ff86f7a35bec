//! Reading lists to their end.

use crate::scripted::{Scripted, Sent, client, json as reply};
use cckm::azure::Secret;
use cckm::{AnswerDefect, Error, Listing};
use serde_json::{Value, json};
use std::sync::Arc;

/// Lists the secrets of a vault from a server that answers by `script`; returns the list and what was sent.
async fn list(
    script: impl Fn(&Sent) -> Value + Send + Sync + 'static,
) -> (Listing<Secret>, Vec<Sent>) {
    let transport = Scripted::with_login(move |sent| reply(200, &script(sent).to_string()));
    let listing = client(Arc::clone(&transport))
        .azure()
        .secrets()
        .list_of_vault("vault 1")
        .await
        .unwrap();
    (listing, transport.calls())
}

fn number(sent: &Sent, name: &str) -> usize {
    sent.query(name).unwrap().parse().unwrap()
}

/// A server with `count` rows that gives at most `most` a page.
fn server(count: usize, most: usize) -> impl Fn(&Sent) -> Value {
    move |sent| {
        let (skip, limit) = (number(sent, "skip"), number(sent, "limit").min(most));
        let rows: Vec<_> = (skip..count)
            .take(limit)
            .map(|row| json!({"id": format!("row-{row}")}))
            .collect();
        json!({"skip": skip, "limit": limit, "total": count, "resources": rows})
    }
}

#[tokio::test]
async fn every_page_is_read_and_nothing_beyond_the_last() {
    let (listing, sent) = list(server(450, usize::MAX)).await;
    assert_eq!(listing.rows.len(), 450);
    assert_eq!(
        (listing.rows[0].id.as_str(), listing.rows[449].id.as_str()),
        ("row-0", "row-449")
    );
    assert_eq!(
        (listing.total, listing.consistent, listing.undecodable),
        (Some(450), true, 0)
    );
    assert_eq!(
        sent.iter()
            .map(|sent| number(sent, "skip"))
            .collect::<Vec<_>>(),
        [0, 200, 400]
    );
    for sent in sent {
        assert_eq!(sent.query("key_vault_id"), Some("vault%201"));
        assert_eq!(sent.query("sort"), Some("createdAt"));
    }
}

#[tokio::test]
async fn a_server_that_gives_fewer_rows_than_asked_for_is_read_to_the_end_all_the_same() {
    let (listing, sent) = list(server(25, 10)).await;
    assert_eq!(
        (listing.rows.len(), listing.consistent, sent.len()),
        (25, true, 3)
    );
}

#[tokio::test]
async fn a_list_without_rows_is_empty_however_that_is_written() {
    for page in [
        json!({"total": 0, "resources": []}),
        json!({"total": 0, "resources": null}),
        json!({"total": "0,"}),
    ] {
        let (listing, sent) = list(move |_| page.clone()).await;
        assert_eq!(
            (listing.rows.len(), listing.consistent, sent.len()),
            (0, true, 1)
        );
    }
}

#[tokio::test]
async fn absence_cannot_be_concluded_from_a_list_that_does_not_tell_its_total() {
    let (listing, _) = list(|_| json!({"resources": []})).await;
    assert!(!listing.consistent);
    let (listing, _) = list(|_| json!({})).await;
    assert!(!listing.consistent);
}

#[tokio::test]
async fn rows_that_moved_between_pages_make_the_list_inconsistent() {
    let (listing, _) = list(|sent| {
        let row = if number(sent, "skip") == 0 {
            json!([{"id": "a"}, {"id": "b"}])
        } else {
            json!([{"id": "b"}])
        };
        json!({"total": 3, "resources": row})
    })
    .await;
    assert_eq!((listing.rows.len(), listing.consistent), (2, false));
}

#[tokio::test]
async fn a_total_that_changes_on_the_way_makes_the_list_inconsistent() {
    let (listing, _) = list(|sent| match number(sent, "skip") {
        0 => json!({"total": 3, "resources": [{"id": "a"}]}),
        _ => json!({"total": 2, "resources": [{"id": "b"}]}),
    })
    .await;
    assert_eq!(
        (listing.rows.len(), listing.total, listing.consistent),
        (2, Some(2), false)
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_counted_and_spoils_no_other() {
    let (listing, _) =
        list(|_| json!({"total": 3, "resources": [{"id": "a"}, {"name": "no id"}, {"id": "c"}]}))
            .await;
    assert_eq!(
        (listing.rows.len(), listing.undecodable, listing.consistent),
        (2, 1, false)
    );
    assert_eq!(listing.rows[1].id, "c");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_not_made_up_for_by_a_total_that_leaves_it_out() {
    let (listing, _) =
        list(|_| json!({"total": 1, "resources": [{"id": "a"}, {"name": "no id"}]})).await;
    assert_eq!(
        (listing.total, listing.rows.len(), listing.consistent),
        (Some(1), 1, false)
    );
}

#[tokio::test]
async fn a_server_that_ignores_skip_does_not_hold_the_reader_for_ever() {
    let (listing, sent) =
        list(|_| json!({"total": 1000, "resources": [{"id": "a"}, {"id": "b"}]})).await;
    assert_eq!(
        (listing.rows.len(), listing.consistent, sent.len()),
        (2, false, 2)
    );
    let (listing, sent) = list(|_| json!({"total": 1000, "resources": [{"no": "id"}]})).await;
    assert_eq!(
        (listing.rows.len(), listing.consistent, sent.len()),
        (0, false, 1)
    );
}

#[tokio::test]
async fn of_a_row_that_came_twice_the_later_counts() {
    let (listing, _) = list(|sent| match number(sent, "skip") {
        0 => json!({"total": 3, "resources": [{"id": "a", "status": "AVAILABLE"}, {"id": "b"}]}),
        _ => json!({"total": 3, "resources": [{"id": "a", "status": "DELETED"}]}),
    })
    .await;
    assert_eq!(
        listing.rows[0].status,
        Some(cckm::azure::SecretStatus::Deleted)
    );
}

#[tokio::test]
async fn a_page_of_a_proxy_is_an_error_and_not_an_empty_list() {
    let transport = Scripted::with_login(|_| reply(200, "<html>please log in</html>"));
    let error = client(transport)
        .azure()
        .vaults()
        .list(&[])
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::UnexpectedAnswer {
                defect: AnswerDefect::Html,
                ..
            }
        ),
        "{error:?}"
    );
}
