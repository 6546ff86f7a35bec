//! Brings a described world into being: cloud truth, and CM's rows of what CM knows.

use serde_json::{Map, Value, json};

use crate::{
    manager::{
        connections::{Connection, VaultKey},
        record::Record,
        tokens::{Client, User},
    },
    state::State,
    world::description,
};

/// IDs in CM of what was added: by kind, then by name.
#[derive(Debug, Default)]
pub(crate) struct Added(Map<String, Value>);

impl Added {
    pub(crate) fn note(&mut self, kind: &str, name: &str, id: &str) {
        let names = self.0.entry(kind).or_insert_with(|| json!({}));
        names[name] = json!(id);
    }
}

impl State {
    /// Adds what `world` describes and returns the IDs in CM.
    pub(crate) fn add(&mut self, world: &description::World) -> Result<Value, String> {
        let mut added = Added::default();
        self.tokens.domains.extend(world.domains.iter().cloned());
        for user in &world.users {
            self.add_user(user, &mut added)?;
        }
        for client in &world.clients {
            self.add_client(client, &mut added)?;
        }
        for connection in &world.connections {
            let id = self.connection(
                &connection.service,
                &connection.name,
                connection.id.as_ref(),
            );
            added.note("connections", &connection.name, &id);
        }
        for key in &world.vault_keys {
            let id = self.given_or_drawn(key.id.as_ref());
            added.note("vault_keys", &key.name, &id);
            self.manager.vault_keys.push(VaultKey {
                record: Record::new(id, self.now),
                name: key.name.clone(),
                algorithm: key.algorithm.clone(),
                size: key.size,
            });
        }
        for organization in &world.salesforce {
            self.add_organization(organization, &mut added)?;
        }
        for vault in &world.azure {
            self.add_azure_vault(vault, &mut added)?;
        }
        self.add_oci(&world.oci, &mut added)?;
        Ok(Value::Object(added.0))
    }

    pub(crate) fn given_or_drawn(&mut self, given: Option<&String>) -> String {
        given.cloned().unwrap_or_else(|| self.identifiers.uuid())
    }

    /// The ID of the connection of this name, which comes into being if there is none.
    pub(crate) fn connection(&mut self, service: &str, name: &str, id: Option<&String>) -> String {
        let known = |row: &Connection| row.service == service && row.name == name;
        if let Some(connection) = self.manager.connections.find(known) {
            return connection.record.id.clone();
        }
        let id = self.given_or_drawn(id);
        self.manager.connections.push(Connection {
            record: Record::new(id.clone(), self.now),
            name: name.to_owned(),
            service: service.to_owned(),
            organization_id: None,
            settings: Map::new(),
            last_connection_ok: Some(true),
        });
        id
    }

    fn add_user(&mut self, user: &description::User, added: &mut Added) -> Result<(), String> {
        let taken = |known: &User| {
            known.username == user.username
                && known.domain == user.domain
                && known.connection == user.connection
        };
        if self.tokens.users.iter().any(taken) {
            return Err(format!(
                "user {} already exists in domain {}",
                user.username, user.domain
            ));
        }
        let subject = user
            .certificate_subject_dn
            .as_ref()
            .map(|name| name.parse())
            .transpose()?;
        let id = self.given_or_drawn(user.id.as_ref());
        added.note("users", &user.username, &id);
        self.tokens.users.push(User {
            id,
            username: user.username.clone(),
            password: user.password.clone(),
            domain: user.domain.clone(),
            connection: user.connection.clone(),
            certificate_subject: subject,
            failed_logins_count: 0,
            account_lockout_at: None,
        });
        Ok(())
    }

    fn add_client(
        &mut self,
        client: &description::Client,
        added: &mut Added,
    ) -> Result<(), String> {
        let certificate_subject = client.certificate_subject_dn.parse()?;
        let id = self.given_or_drawn(client.id.as_ref());
        added.note("clients", &client.name, &id);
        self.tokens.clients.push(Client {
            id,
            name: client.name.clone(),
            certificate_subject,
        });
        Ok(())
    }
}
