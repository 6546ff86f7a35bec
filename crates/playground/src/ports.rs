//! Free ports, below the range that systems hand out for outgoing connections.

use std::{collections::BTreeSet, net::TcpListener};

use crate::{Error, folder::random};

/// Systems take local ports of outgoing connections from 32768 upwards (Linux' default), so that a port below stays
/// free between the look and the use, unless another program picks the very same.
const RANGE: std::ops::Range<u16> = 20_000..32_768;

const ATTEMPTS: u32 = 1000;

/// `N` different ports on which nobody listens on loopback right now.
pub(crate) fn free<const N: usize>() -> Result<[u16; N], Error> {
    let mut found = BTreeSet::new();
    for _ in 0..ATTEMPTS {
        if found.len() == N {
            break;
        }
        let width = u64::from(RANGE.end - RANGE.start);
        let offset = u16::try_from(random()? % width).unwrap_or_default();
        let port = RANGE.start + offset;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            found.insert(port);
        }
    }
    let found: Vec<u16> = found.into_iter().collect();
    found
        .try_into()
        .map_err(|_| Error::NoPorts { attempts: ATTEMPTS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_are_different_and_can_be_listened_on() {
        let ports: [u16; 8] = free().unwrap();
        let listeners: Vec<_> = ports
            .iter()
            .map(|port| TcpListener::bind(("127.0.0.1", *port)).unwrap())
            .collect();
        assert_eq!(listeners.len(), 8);
        assert!(ports.iter().all(|port| RANGE.contains(port)));
    }
}
