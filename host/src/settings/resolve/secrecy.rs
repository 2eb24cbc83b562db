//! What is masked besides what sortie knows by itself to be secret.

use super::reader::Reader;
use super::reader::filled;
use super::task::put;
use crate::environment::Environment;
use crate::error::Error;
use crate::settings::SecrecySettings;
use crate::settings::env_file;
use crate::spec::EnvValue;
use crate::spec::EnvVar;

pub(super) fn secrecy(reader: &mut Reader<'_>, environment: &Environment) -> Result<SecrecySettings, Error> {
    let mut mask = Vec::new();
    for (_, value) in reader.every("mask") {
        let variable = filled(value).and_then(|name| {
            let value = env_file::copied(name, environment)?;
            Ok(EnvVar { name: name.to_owned(), value: EnvValue::Secret(value) })
        });
        put(&mut mask, variable.map_err(|error| error.on(&value.at))?, |old, new| old.name == new.name);
    }
    Ok(SecrecySettings { mask, off: reader.switch("no-redact")? })
}
