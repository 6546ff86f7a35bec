//! The simulator as a child process, and its admin API.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use jiff::Timestamp;
use reqwest::{Certificate, Client, Method, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json};

use super::{
    Options,
    inhabitants::{PASSWORD, USERNAME},
    request::Request,
};
use crate::{
    Error,
    authority::{Authority, Issued},
    child::{Child, Recipe},
    control_plane::ControlPlane,
    folder::WorkFolder,
    poll::eventually,
    ports, program_roles, timeline,
};

/// How often another port is tried when one was taken between the look and the use.
const ATTEMPTS: u32 = 5;

/// How long it gets to listen, and to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A place in the request log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark(u64);

/// A CM with CCKM and the clouds behind it. It ends when dropped.
#[derive(Debug)]
pub struct Simulator {
    child: Child,
    url: String,
    authority: Option<Authority>,
    http: Client,
}

impl Simulator {
    /// One for a cluster that has an operator of its own.
    pub async fn for_cluster(
        control_plane: &ControlPlane,
        options: &Options,
    ) -> Result<Self, Error> {
        Self::start(control_plane.work_folder(), "simulator", options).await
    }

    /// Starts one; its files are named after `name`, which nobody else uses in the folder.
    pub(super) async fn start(
        folder: &WorkFolder,
        name: &str,
        options: &Options,
    ) -> Result<Self, Error> {
        let world = folder.write(
            &format!("{name}.world.json"),
            &options.inhabitants.to_string(),
        )?;
        let mut recipe = Child::role(program_roles::SIMULATOR)
            .env(timeline::VARIABLE, options.timeline.to_string())
            .args(["--admin", "--seed", &options.seed.to_string(), "--world"])
            .args([world]);
        for switch in &options.switches {
            recipe = recipe.args(["--switch", switch]);
        }
        let mut authority = None;
        if options.tls {
            let signed = Authority::new(name)?;
            let address = options.address.to_string();
            let issued = signed.issue("cm", &["127.0.0.1", "localhost", &address])?;
            let certificate = folder.write(&format!("{name}.crt"), &issued.certificate)?;
            let key = folder.write(&format!("{name}.key"), &issued.key)?;
            let client_ca = folder.write(&format!("{name}.ca.crt"), &signed.pem())?;
            recipe = recipe
                .args(["--client-ca".as_ref(), client_ca.as_os_str()])
                .args(["--tls-cert".as_ref(), certificate.as_os_str()])
                .args(["--tls-key".as_ref(), key.as_os_str()]);
            authority = Some(signed);
        }
        let http = client(authority.as_ref().map(Authority::pem).as_deref())?;
        let (child, url) = listen(&recipe, name, folder.path(), options.address).await?;
        Ok(Self {
            child,
            url,
            authority,
            http,
        })
    }

    /// Where it listens: CM's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate of the authority that signed its own, in PEM, where it serves HTTPS.
    pub fn authority(&self) -> Option<String> {
        self.authority.as_ref().map(Authority::pem)
    }

    /// A certificate with which a user or client of the subject `CN=<common name>` logs in, where it serves HTTPS; good
    /// for so long from now on.
    pub fn client_certificate(
        &self,
        common_name: &str,
        lifetime: Duration,
    ) -> Result<Option<Issued>, Error> {
        self.authority
            .as_ref()
            .map(|authority| authority.issue_for(common_name, lifetime))
            .transpose()
    }

    /// The process, to be suspended and resumed: a CM that hangs.
    pub fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends it at once: connections are refused from now on.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.child.kill().map(drop)
    }

    /// Starts it again on the same port, with the world that it had at its first start and an empty request log.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.child.restart()?;
        said_address(&mut self.child).await.map(drop)
    }

    /// The present end of the request log.
    pub async fn mark(&self) -> Result<Mark, Error> {
        let all = self.requests_since(Mark::default()).await?;
        Ok(Mark(all.last().map_or(0, |last| last.sequence)))
    }

    /// The requests since then, in the order of their arrival.
    pub async fn requests_since(&self, mark: Mark) -> Result<Vec<Request>, Error> {
        self.get(&format!("requests?since={}", mark.0)).await
    }

    /// Waits until such a request has had its effect, whether it is answered or not.
    pub async fn until_done(&self, mark: Mark, method: &str, path: &str) -> Result<(), Error> {
        let what = format!("{method} {path} has had its effect");
        eventually(PATIENCE, &what, async || {
            let requests = self.requests_since(mark).await;
            let requests = requests.map_err(|error| error.to_string())?;
            let done = |request: &Request| request.is(method, path) && request.effect;
            let found = requests.iter().any(done).then_some(());
            found.ok_or_else(|| format!("{} requests, and none did it", requests.len()))
        })
        .await?;
        Ok(())
    }

    /// The clouds as they are.
    pub async fn truth(&self) -> Result<Value, Error> {
        self.get("truth").await
    }

    /// CM's rows as they are: what CM last heard of the clouds.
    pub async fn rows(&self) -> Result<Value, Error> {
        self.get("rows").await
    }

    /// Orders a failure: `fault` is as in the simulator's README, with `method`, `path`, `times` and `kind`.
    pub async fn inject(&self, fault: Value) -> Result<(), Error> {
        self.call(Method::POST, "faults", Some(&fault)).await?;
        Ok(())
    }

    /// The next such call takes effect, and its reply is held back until [`Self::release`].
    pub async fn hold_reply(&self, method: &str, path: &str) -> Result<(), Error> {
        self.inject(json!({"method": method, "path": path, "kind": "hold"}))
            .await
    }

    /// The next such call takes effect, and its connection is closed without a reply.
    pub async fn lose_reply(&self, method: &str, path: &str) -> Result<(), Error> {
        self.inject(json!({"method": method, "path": path, "kind": "lost-reply"}))
            .await
    }

    /// Sends all replies that are held back.
    pub async fn release(&self) -> Result<(), Error> {
        self.call(Method::POST, "faults/release", Some(&Value::Null))
            .await?;
        Ok(())
    }

    /// Takes back all failures that didn't happen yet.
    pub async fn clear_faults(&self) -> Result<(), Error> {
        self.call(Method::DELETE, "faults", None).await?;
        Ok(())
    }

    /// Changes something in a cloud's own console, unseen by CM until it syncs; as in the simulator's README.
    /// Returns the changed object.
    pub async fn console(&self, change: Value) -> Result<Value, Error> {
        self.call(Method::POST, "console", Some(&change)).await
    }

    /// Posts to CM with the standard user's account, as a person does who works beside the operator.
    pub async fn post_by_hand(&self, path: &str) -> Result<(), Error> {
        let failed = |error: reqwest::Error| Error::Simulator {
            what: format!("POST {path}"),
            why: error.to_string(),
        };
        let login = json!({"grant_type": "password", "username": USERNAME, "password": PASSWORD});
        let url = |path: &str| format!("{}{path}", self.url);
        let reply = self.http.post(url("/api/v1/auth/tokens/")).json(&login);
        let reply = reply.send().await.and_then(Response::error_for_status);
        let token: Value = reply.map_err(failed)?.json().await.map_err(failed)?;
        let request = self.http.post(url(path));
        let request = request.bearer_auth(token["jwt"].as_str().unwrap_or_default());
        let reply = request.send().await.and_then(Response::error_for_status);
        reply.map(drop).map_err(failed)
    }

    /// Adds to the world, and returns CM's IDs of what was added, by kind and name.
    pub async fn add(&self, world: Value) -> Result<Value, Error> {
        self.call(Method::POST, "world", Some(&world)).await
    }

    /// What its clock shows.
    pub async fn now(&self) -> Result<Timestamp, Error> {
        let time: Value = self.get("time").await?;
        decode("time", time["now"].clone())
    }

    /// Moves its clock, and not the operator's; as in the simulator's README.
    pub async fn set_time(&self, time: Value) -> Result<(), Error> {
        self.call(Method::POST, "time", Some(&time)).await?;
        Ok(())
    }

    /// Sets switches, by an object of their names and values.
    pub async fn set_switches(&self, switches: Value) -> Result<(), Error> {
        self.call(Method::POST, "switches", Some(&switches)).await?;
        Ok(())
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        decode(path, self.call(Method::GET, path, None).await?)
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Error> {
        let what = || format!("{method} /simulator/{path}");
        let failed = |error: reqwest::Error| Error::Simulator {
            what: what(),
            why: error.to_string(),
        };
        let url = format!("{}/simulator/{path}", self.url);
        let mut request = self.http.request(method.clone(), url);
        if let Some(body) = body.filter(|body| !body.is_null()) {
            request = request.json(body);
        }
        let reply = request.send().await.map_err(failed)?;
        let status = reply.status();
        let text = reply.text().await.map_err(failed)?;
        if !status.is_success() {
            return Err(Error::Simulator {
                what: what(),
                why: format!("{status}: {text}"),
            });
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| Error::Simulator {
            what: what(),
            why: error.to_string(),
        })
    }
}

fn decode<T: DeserializeOwned>(path: &str, value: Value) -> Result<T, Error> {
    from_value(value).map_err(|error| Error::Simulator {
        what: format!("read /simulator/{path}"),
        why: error.to_string(),
    })
}

fn client(authority: Option<&str>) -> Result<Client, Error> {
    let failed = |error: reqwest::Error| Error::Simulator {
        what: "make a client".to_owned(),
        why: error.to_string(),
    };
    // An error says that the process has a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder().timeout(PATIENCE).no_proxy();
    if let Some(pem) = authority {
        let root = Certificate::from_pem(pem.as_bytes()).map_err(failed)?;
        builder = builder.tls_certs_only([root]);
    }
    builder.build().map_err(failed)
}

/// Starts it on a free port, which it keeps for all its lives.
async fn listen(
    recipe: &Recipe,
    name: &str,
    folder: &Path,
    address: Ipv4Addr,
) -> Result<(Child, String), Error> {
    for _ in 0..ATTEMPTS {
        let [port] = ports::free()?;
        let recipe = recipe
            .clone()
            .args(["--listen", &SocketAddr::from((address, port)).to_string()]);
        let mut child = recipe.start(name, folder)?;
        match said_address(&mut child).await {
            Ok(url) => return Ok((child, url)),
            Err(Error::Ended { tail, .. }) if tail.contains("can't listen on") => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::NoPorts { attempts: ATTEMPTS })
}

async fn said_address(child: &mut Child) -> Result<String, Error> {
    let pick = |line: &str| line.strip_prefix("listening on ").map(str::to_owned);
    child.wait_for_line("the address", PATIENCE, pick).await
}
