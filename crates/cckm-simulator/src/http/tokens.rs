//! `/v1/auth`: the four grants, and refresh tokens as resources.

use serde_json::{Value, json};

use crate::{
    http::{
        call::{Reply, Request},
        fields::{Fields, one_of},
        paging::{Filter, Item, page},
        refusal::{Refusal, invalid, not_found},
        routes::{Route, Slash},
    },
    manager::{
        refresh_tokens::RefreshToken,
        tokens::{LIFETIME, LOCAL_ACCOUNT, Principal, ROOT, ROOT_ID, User},
    },
    state::State,
};

pub(crate) const ISSUE: &str = "/api/v1/auth/tokens";

pub(crate) const ROUTES: &[Route] = &[
    Route::write("POST", ISSUE, issue).slash(Slash::Optional),
    Route::read("GET", ISSUE, list).slash(Slash::Optional),
    Route::read("GET", "/api/v1/auth/tokens/{id}", get),
    Route::write("DELETE", "/api/v1/auth/tokens/{id}", revoke_by_id),
    Route::write("POST", "/api/v1/auth/revoke", revoke),
    Route::read("GET", "/api/v1/auth/self/user", myself),
];

const FIELDS: &[&str] = &[
    "grant_type",
    "username",
    "password",
    "connection",
    "auth_domain",
    "auth_domain_path",
    "domain",
    "client_id",
    "refresh_token",
    "renew_refresh_token",
    "refresh_token_lifetime",
    "refresh_token_revoke_unused_in",
    "labels",
    "cookies",
];

fn issue(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(FIELDS)?;
    let grant = fields
        .text("grant_type")?
        .unwrap_or_else(|| "password".to_owned());
    match one_of(
        "grant_type",
        &grant,
        &[
            "password",
            "refresh_token",
            "user_certificate",
            "client_credential",
        ],
    )? {
        "password" => with_password(state, fields),
        "refresh_token" => with_refresh_token(state, fields),
        "user_certificate" => with_user_certificate(state, request),
        _ => with_client_credential(state, request),
    }
}

fn with_password(state: &mut State, fields: &Fields) -> Result<Reply, Refusal> {
    let username = fields.required("username")?;
    let password = fields.required("password")?;
    let auth_domain = auth_domain(fields)?;
    let connection = fields
        .text("connection")?
        .unwrap_or_else(|| LOCAL_ACCOUNT.to_owned());
    // A connection written in front of the user name overrides the member.
    let (connection, username) = match username.split_once('|') {
        Some((connection, username)) => (connection.to_owned(), username.to_owned()),
        None => (connection, username),
    };
    let wanted = |user: &User| {
        user.username == username && user.connection == connection && user.domain == auth_domain
    };
    let user = state
        .tokens
        .log_in(wanted, &password, state.now, &state.switches)?;
    for_user(state, fields, &user)
}

fn with_user_certificate(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let auth_domain = auth_domain(&request.fields)?;
    let user = request.peer.as_ref().and_then(|peer| {
        state
            .tokens
            .users
            .iter()
            .find(|user| {
                user.certificate_subject.as_ref() == Some(&peer.subject)
                    && user.domain == auth_domain
            })
            .cloned()
    });
    let user =
        user.ok_or_else(|| Refusal::WrongCredentials("No user has this certificate.".to_owned()))?;
    for_user(state, &request.fields, &user)
}

fn with_client_credential(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let id = request.fields.required("client_id")?;
    if request.fields.get("domain").is_some() {
        return Err(invalid("domain: not supported for client_credential"));
    }
    let client = state
        .tokens
        .clients
        .iter()
        .find(|client| {
            client.id == id
                && request
                    .peer
                    .as_ref()
                    .is_some_and(|peer| peer.subject == client.certificate_subject)
        })
        .cloned()
        .ok_or_else(|| Refusal::WrongCredentials("Invalid Client".to_owned()))?;
    let principal = Principal {
        id: client.id.clone(),
        name: client.name,
        domain: ROOT.to_owned(),
    };
    let jwt = state
        .tokens
        .issue(principal, state.now, &mut state.identifiers);
    Ok(Reply::ok(answer(&jwt, &client.id)))
}

fn with_refresh_token(state: &mut State, fields: &Fields) -> Result<Reply, Refusal> {
    let secret = fields.required("refresh_token")?;
    let renew = fields.flag("renew_refresh_token")?.unwrap_or(false);
    let domain = fields
        .text("domain")?
        .map(|domain| domain_name(Some(domain)));
    let (principal, used) = state
        .tokens
        .refresh(&secret, domain.as_deref(), renew, state.now)?;
    let jwt = state
        .tokens
        .issue(principal, state.now, &mut state.identifiers);
    let mut body = answer(&jwt, &used.client_id);
    if renew {
        let renewed = RefreshToken {
            revoked: false,
            ..used
        };
        keep(state, renewed, &mut body);
    }
    Ok(Reply::ok(body))
}

/// A domain's name; root when it isn't given, or is given by its ID.
fn domain_name(given: Option<String>) -> String {
    given
        .filter(|domain| !domain.is_empty() && domain != ROOT_ID)
        .unwrap_or_else(|| ROOT.to_owned())
}

/// The user's home domain. The path form of the cloud variant starts with a slash.
fn auth_domain(fields: &Fields) -> Result<String, Refusal> {
    let path = fields
        .text("auth_domain_path")?
        .map(|path| path.trim_start_matches('/').to_owned());
    Ok(domain_name(fields.text("auth_domain")?.or(path)))
}

fn for_user(state: &mut State, fields: &Fields, user: &User) -> Result<Reply, Refusal> {
    let domain = domain_name(fields.text("domain")?);
    if !state.tokens.knows_domain(&domain) {
        return Err(Refusal::WrongCredentials(format!(
            "The domain {domain:?} does not exist."
        )));
    }
    let refresh = RefreshToken {
        id: String::new(),
        secret: String::new(),
        user_id: user.id.clone(),
        username: user.username.clone(),
        client_id: state.identifiers.uuid(),
        domain: domain.clone(),
        labels: fields.texts("labels")?.unwrap_or_default(),
        created_at: state.now,
        refreshed_at: state.now,
        lifetime: fields.integer("refresh_token_lifetime")?,
        revoke_unused_in: fields.integer("refresh_token_revoke_unused_in")?,
        revoked: false,
    };
    let principal = Principal {
        id: user.id.clone(),
        name: user.username.clone(),
        domain,
    };
    let jwt = state
        .tokens
        .issue(principal, state.now, &mut state.identifiers);
    let mut body = answer(&jwt, &refresh.client_id);
    keep(state, refresh, &mut body);
    Ok(Reply::ok(body))
}

fn answer(jwt: &str, client_id: &str) -> Value {
    json!({ "jwt": jwt, "duration": LIFETIME, "token_type": "Bearer", "client_id": client_id })
}

/// Stores a refresh token under a new secret and adds it to the answer.
fn keep(state: &mut State, mut token: RefreshToken, body: &mut Value) {
    token.id = state.identifiers.uuid();
    token.secret = state.identifiers.refresh_token();
    body["refresh_token"] = json!(token.secret);
    body["refresh_token_id"] = json!(token.id);
    if let Some(seconds) = token.expires_in(state.now) {
        body["refresh_token_expires_in"] = json!(seconds);
    }
    state.tokens.refresh_tokens.push(token);
}

const FILTERS: &[Filter] = &[
    ("user_id", &["/userId"]),
    ("expired", &["/expired"]),
    ("revoked", &["/revoked"]),
];

fn list(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let items = state
        .tokens
        .refresh_tokens
        .iter()
        .map(|token| Item::same(shown(state, token)))
        .collect();
    page(items, request, FILTERS, &state.switches).map(Reply::ok)
}

fn shown(state: &State, token: &RefreshToken) -> Value {
    let mut body = json!(token);
    body["expired"] = json!(token.ends().is_some_and(|end| state.now >= end));
    body
}

fn get(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let token = state
        .tokens
        .refresh_tokens
        .iter()
        .find(|token| token.id == request.parameter(0));
    token
        .map(|token| Reply::ok(shown(state, token)))
        .ok_or_else(not_found)
}

fn revoke_by_id(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    revoke_where(state, |token| token.id == request.parameter(0))
}

fn revoke(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["client_id", "refresh_token"])?;
    match (fields.text("refresh_token")?, fields.text("client_id")?) {
        (Some(secret), _) => revoke_where(state, |token| token.secret == secret),
        (None, Some(client)) => revoke_where(state, |token| token.client_id == client),
        (None, None) => Err(crate::http::fields::missing("refresh_token")),
    }
}

fn revoke_where(
    state: &mut State,
    wanted: impl Fn(&RefreshToken) -> bool,
) -> Result<Reply, Refusal> {
    let mut found = false;
    for token in state
        .tokens
        .refresh_tokens
        .iter_mut()
        .filter(|token| wanted(token))
    {
        token.revoked = true;
        found = true;
    }
    if found {
        Ok(Reply::no_content())
    } else {
        Err(not_found())
    }
}

fn myself(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let id = request.caller();
    let user = state
        .tokens
        .users
        .iter()
        .find(|user| user.id == id)
        .ok_or_else(not_found)?;
    Ok(Reply::ok(
        json!({ "user_id": user.id, "username": user.username, "name": user.username }),
    ))
}
