//! A plugin that has said what it is, and is granted what the user allows of what it asks for; from here it
//! is configured, once the run is known.

use std::sync::Arc;

use super::About;
use super::Plugin;
use super::abi;
use super::abi::Contract;
use super::abi::FilterGuest;
use super::abi::Guest;
use super::abi::ReporterGuest;
use super::abi::TransformGuest;
use super::abi::Version;
use super::context::Context;
use super::kind::Asked;
use super::kind::Description;
use super::kind::Filter;
use super::kind::Kind;
use super::kind::Reporter;
use super::kind::Setup;
use super::kind::Transform;
use super::kind::refusal;
use super::runtime::error::Failure;
use super::runtime::error::PluginError;
use super::runtime::instance::Blueprint;
use super::runtime::words::Message;
use super::schema;
use super::trust::Digest;
use super::trust::Grant;
use super::trust::Need;
use super::trust::Trusted;
use super::trust::grant::GrantSet;
use super::trust::http_grant::HttpNeed;
use crate::settings::PluginSettings;
use crate::settings::places::ConfigPlaces;

/// A plugin that is loaded and checked, and not configured yet.
pub struct Described {
    guest: AnyGuest,
    version: Version,
    blueprint: Blueprint,
    config: String,
    about: AboutSoFar,
}

/// What a component is known by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity {
    /// Of its bytes.
    pub(super) digest: Digest,
    /// The name by which it is used, inside the program: one component may have several.
    pub(super) first_party: Option<&'static str>,
}

/// The instance that described itself.
enum AnyGuest {
    Transform(Box<dyn TransformGuest>),
    Filter(Box<dyn FilterGuest>),
    Reporter(Box<dyn ReporterGuest>),
}

/// What is known of a plugin before it is configured.
struct AboutSoFar {
    label: Arc<str>,
    name: String,
    description: Description,
    identity: Identity,
    grants: Vec<Grant>,
    /// What is granted, whether it can be used or not.
    granted: GrantSet,
    /// The user wrote the grants; a first-party plugin's standard ones are nobody's mistake.
    by_user: bool,
    /// Why it is taken, where nobody asked for it as a plugin; else empty.
    why: String,
    /// Where the parts of its configuration stand.
    places: ConfigPlaces,
}

impl std::fmt::Debug for Described {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Described").field("name", &self.about.name).finish_non_exhaustive()
    }
}

impl Described {
    /// Starts the first instance, which describes itself without any grant and is then granted what the
    /// user allows of what it asks for.
    pub(super) fn of(
        contract: Contract,
        mut blueprint: Blueprint,
        facts: Option<&[u8]>,
        settings: &PluginSettings,
        identity: Identity,
        trusted: Trusted,
        config: String,
    ) -> Result<Self, PluginError> {
        let Contract { version, kind } = contract;
        let mut guest = AnyGuest::start(kind, version, &blueprint)?;
        let description = guest.any().describe()?;
        if let Some(section) = facts {
            abi::check_facts(section, &description, &blueprint.limits)
                .map_err(|failure| PluginError::new(&*blueprint.label, "describe", failure))?;
        }
        // What the user calls it, else the name inside the program where that is not its own.
        let inside = identity.first_party.filter(|name| *name != description.name);
        let name = settings.name.clone().or(inside.map(str::to_owned));
        let Trusted { grants, set, by_user } = trusted;
        let needs: Vec<Need> = description.needs.iter().map(|asked| asked.need.clone()).collect();
        let usable = set.clone().narrowed_to(&needs);
        blueprint.label = match &name {
            Some(name) => format!("{name} ({})", description.label()).into(),
            None => description.label().into(),
        };
        schema::check(&blueprint.label, &description, settings)?;
        blueprint.grants = Arc::new(usable);
        guest.any().grant(Arc::clone(&blueprint.label), Arc::clone(&blueprint.grants));
        let about = AboutSoFar {
            label: Arc::clone(&blueprint.label),
            name: name.unwrap_or_else(|| description.name.clone()),
            description,
            identity,
            grants,
            granted: set,
            by_user,
            why: settings.why.clone(),
            places: settings.places.clone(),
        };
        Ok(Self { guest, version, blueprint, config, about })
    }

    /// What it says of itself.
    pub fn description(&self) -> &Description {
        &self.about.description
    }

    /// Configures it for a run.
    ///
    /// # Errors
    /// It refuses its configuration, lacks a grant without which it is of no use, or failed.
    pub fn configure(self, context: &Context) -> Result<Plugin, PluginError> {
        let Self { guest, version, blueprint, config, about } = self;
        let context = &Context { first_party: about.identity.first_party, ..context.clone() };
        let finish = |setup, messages| about.finish(setup, messages);
        match guest {
            AnyGuest::Transform(guest) => {
                let chars = blueprint.limits.message_chars;
                Transform::configure(guest, &config, context, chars, finish).map(Plugin::Transform)
            }
            AnyGuest::Filter(guest) => {
                Filter::configure(guest, version, blueprint, config, context, finish).map(Plugin::Filter)
            }
            AnyGuest::Reporter(guest) => {
                let log_lines = blueprint.grants.log_lines;
                Reporter::configure(guest, &config, context, log_lines, finish).map(Plugin::Reporter)
            }
        }
    }
}

impl AnyGuest {
    fn start(kind: Kind, version: Version, blueprint: &Blueprint) -> Result<Self, PluginError> {
        Ok(match kind {
            Kind::Transform => Self::Transform(abi::start_transform(version, blueprint)?),
            Kind::Filter => Self::Filter(abi::start_filter(version, blueprint)?),
            Kind::Reporter => Self::Reporter(abi::start_reporter(version, blueprint)?),
        })
    }

    fn any(&mut self) -> &mut dyn Guest {
        match self {
            Self::Transform(guest) => &mut **guest,
            Self::Filter(guest) => &mut **guest,
            Self::Reporter(guest) => &mut **guest,
        }
    }
}

impl AboutSoFar {
    /// What is known of the plugin when it is configured. Refuses one that lacks what it cannot do without.
    fn finish(self, setup: Setup, messages: Vec<Message>) -> Result<About, PluginError> {
        let Setup { findings, needs } = setup.placed(&self.places);
        if let Some(failure) = refusal(&findings) {
            return Err(PluginError::new(&*self.label, "configure", failure));
        }
        let mut asked = Vec::new();
        self.description.needs.iter().for_each(|need| add(&mut asked, need.clone()));
        for more in needs {
            let stands_for = asked.iter().any(|known| known.need.stands_for(&more.need));
            if !stands_for {
                let what = format!("its configuration needs `{}`, which it does not ask for", more.need);
                return Err(PluginError::new(&*self.label, "configure", Failure::Protocol(what)));
            }
            add(&mut asked, more);
        }
        // What is granted by a variable that is not set is not there, but neither is it missing.
        let is_granted = |asked: &Asked| match asked.need {
            Need::File(_) | Need::Http(HttpNeed::Variable { .. }) => {
                self.grants.iter().any(|grant| asked.need.is_met_by(grant))
            }
            _ => false,
        };
        let lacks = |asked: &&Asked| match asked.required {
            true => !self.granted.covers_some(&asked.need),
            false => !self.granted.covers(&asked.need) && !is_granted(asked),
        };
        let missing: Vec<Asked> = asked.iter().filter(lacks).cloned().collect();
        if let Some(required) = missing.iter().find(|asked| asked.required) {
            let (why, is_unset) = match is_granted(required) {
                true => ("and the variable that its grant names is not set", true),
                false => ("which is not granted", false),
            };
            let reason = format!("it needs {required}, {why}");
            let hint = match &required.need {
                _ if is_unset => "set the variable, or leave the plugin out".to_owned(),
                Need::Unknown(_) => "this sortie has no such capability; a later one may".to_owned(),
                need => format!("add {:?} to its `grant`, or --grant {}={need}", need.to_string(), self.name),
            };
            return Err(PluginError::new(&*self.label, "load", Failure::Grants(reason)).hinted(hint));
        }
        let never_asked = |grant: &&Grant| !asked.iter().any(|asked| asked.need.is_met_by(grant));
        let unasked = match self.by_user {
            true => self.grants.iter().filter(never_asked).cloned().collect(),
            false => Vec::new(),
        };
        Ok(About {
            name: self.name,
            description: self.description,
            digest: self.identity.digest,
            grants: self.grants,
            missing,
            unasked,
            by_user: self.by_user,
            why: self.why,
            diagnostics: findings,
            messages,
        })
    }
}

/// Adds a need, once: what is asked for twice is required where one of both is.
fn add(asked: &mut Vec<Asked>, more: Asked) {
    match asked.iter_mut().find(|known| known.need == more.need) {
        Some(known) => known.required |= more.required,
        None => asked.push(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::plugin::PluginHost;
    use crate::plugin::runtime::code::built;
    use crate::plugin::runtime::limits::Limits;
    use crate::settings::plugin_ref::PluginRef;

    fn first_party() -> Vec<Described> {
        let host = PluginHost::new(Limits::default(), &Environment::default());
        let load = |built: &built::Built| {
            let settings = PluginSettings::new(PluginRef::FirstParty(built.name.to_owned()));
            host.load(&settings).expect(built.name)
        };
        built::all().iter().map(load).collect()
    }

    #[test]
    fn first_party_plugins_are_granted_what_they_ask_for_and_no_more() {
        for plugin in first_party() {
            let AboutSoFar { description, grants, .. } = &plugin.about;
            for grant in grants {
                let is_asked = description.needs.iter().any(|asked| asked.need.is_met_by(grant));
                assert!(is_asked, "{} never asks for {grant}", description.name);
            }
            for asked in &description.needs {
                assert!(!asked.reason.is_empty(), "{}: why {asked}?", description.name);
            }
        }
    }

    #[test]
    fn the_sections_of_first_party_plugins_agree_with_their_answers() {
        for (plugin, built) in first_party().iter().zip(built::all()) {
            let section = abi::peek_facts(built.component).expect("the SDK writes one");
            assert_eq!(abi::check_facts(&section, plugin.description(), &Limits::default()), Ok(()));
        }
    }
}
