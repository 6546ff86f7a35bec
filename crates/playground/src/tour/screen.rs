//! What a person reads.

use crate::{say, world::Request};

/// Changes one by one; of the rest how much there was.
pub(super) fn show_requests(requests: &[Request]) {
    if requests.is_empty() {
        say!("  CipherTrust Manager saw nothing of it.");
        return;
    }
    say!("  CipherTrust Manager saw:");
    let (writes, others): (Vec<_>, Vec<_>) =
        requests.iter().partition(|request| request.is_write());
    for write in writes {
        say!("    {write}");
    }
    let (syncs, reads): (Vec<_>, Vec<_>) = others
        .into_iter()
        .partition(|other| other.method == "POST" && other.path.contains("/synchronization-jobs"));
    say!(
        "    (syncs: {}, reads and logins: {})",
        syncs.len(),
        reads.len()
    );
}

/// Columns side by side, the first row being their titles.
pub(super) fn show_table<const N: usize>(rows: &[[String; N]]) {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].len())
            .max()
            .unwrap_or_default()
    };
    for row in rows {
        let cells: Vec<String> = (row.iter().enumerate())
            .map(|(column, cell)| format!("{cell:<0$}", width(column)))
            .collect();
        say!("  {}", cells.join("   ").trim_end());
    }
    say!("");
}
