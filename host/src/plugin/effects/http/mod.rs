//! HTTP requests of a plugin: one record in, one record out, and nothing in between that the plugin sees.
//!
//! - [`policy`]: whether a request may be sent, and as what.
//! - [`address`]: where it may lead. A name is resolved once, every address is looked at, and the connection
//!   goes to one of these; so a name that changes its mind leads nowhere new.
//! - [`client`]: sends it.
//! - [`secrets`]: takes out of the answer what the host filled in.
//!
//! There are no redirects (the plugin gets the 3xx), no cookies, no compression, no connection that is used
//! twice, and no proxy: neither `HTTPS_PROXY` nor its like is looked at, for a proxy would resolve the name
//! itself, and no address could be checked.

mod address;
mod client;
mod policy;
mod secrets;
#[cfg(test)]
mod tests;

use client::Client;

use super::EffectCode;
use super::EffectError;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::trust::grant::GrantSet;

/// A request as a plugin asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HttpRequest {
    /// `GET` and the like, in capitals.
    pub(crate) method: String,
    /// The URL, or `$NAME` where that is what was granted.
    pub(crate) url: String,
    /// Names and values.
    pub(crate) headers: Vec<(String, String)>,
    /// What is sent after them.
    pub(crate) body: Vec<u8>,
    /// How long it may take; 0 is as long as the host lets it, which is the longest.
    pub(crate) timeout_ms: u32,
}

/// What a server answered, without what the plugin may not know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HttpResponse {
    /// The status, which may be a redirect or an error.
    pub(crate) status: u16,
    /// Some of the headers: names in lower case, and values.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// Requests of one instance.
pub(super) struct Http {
    /// What the plugin is called.
    plugin: Option<String>,
    /// Requests so far.
    sent: usize,
    client: Client,
}

impl Default for Http {
    fn default() -> Self {
        Self::with(Client::default())
    }
}

impl Http {
    fn with(client: Client) -> Self {
        Self { plugin: None, sent: 0, client }
    }

    pub(super) fn set_plugin(&mut self, name: &str) {
        self.plugin = Some(name.to_owned());
    }

    /// Sends a request and waits for the answer.
    pub(super) fn send(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        request: HttpRequest,
    ) -> Result<HttpResponse, EffectError> {
        let request = policy::check(grants, limits, self.plugin.as_deref(), request)?;
        if self.sent >= limits.http_requests {
            let reason = format!("a plugin may send {} requests in one run", limits.http_requests);
            return Err(EffectError::new(EffectCode::TooLarge, &request.tried, reason));
        }
        self.sent += 1;
        self.client.send(limits, request)
    }
}
