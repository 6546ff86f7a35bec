//! One question to a running operator, without more than a socket: the image has no other program that could ask.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// More than a status line is.
const STATUS: u64 = 1024;

/// Asks for the metrics. An error unless the answer is 200.
pub(crate) fn metrics(host: &str, port: u16) -> io::Result<()> {
    let mut addresses = (host, port).to_socket_addrs()?;
    let address = addresses
        .next()
        .ok_or_else(|| io::Error::other("it has no address"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // The server closes the connection after its answer.
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(STATUS).read_to_end(&mut answer)?;
    if answer.starts_with(b"HTTP/1.1 200 ") {
        return Ok(());
    }
    Err(io::Error::other("it answers, but not with its metrics"))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        net::TcpListener,
        thread,
    };

    use super::*;

    fn asked(answer: &'static str) -> io::Result<()> {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let serving = thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            // All of it: what is left unread would reset the connection.
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let end = lines.map(Result::unwrap).position(|line| line.is_empty());
            assert!(end.is_some());
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let outcome = metrics("127.0.0.1", port);
        serving.join().unwrap();
        outcome
    }

    #[test]
    fn only_an_answer_with_metrics_passes() {
        assert!(asked("HTTP/1.1 200 OK\r\n\r\n").is_ok());
        for other in [
            "HTTP/1.1 503 Service Unavailable\r\n\r\n",
            "SSH-2.0\r\n",
            "",
        ] {
            assert!(asked(other).is_err(), "{other}");
        }
    }

    #[test]
    fn where_nobody_listens_it_fails() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        assert!(metrics("127.0.0.1", port).is_err());
    }
}
