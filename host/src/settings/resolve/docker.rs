//! What only a container engine on this machine takes.

use super::reader::Reader;
use super::reader::filled;
use super::task::put;
use crate::environment::Environment;
use crate::environment::Lookup;
use crate::error::Error;
use crate::settings::DockerSettings;
use crate::settings::Volume;
use crate::settings::env_file;
use crate::settings::volume;
use crate::spec::EnvValue;
use crate::spec::EnvVar;

pub(super) fn docker(
    reader: &mut Reader<'_>,
    any_engine: bool,
    environment: &Environment,
) -> Result<DockerSettings, Error> {
    Ok(DockerSettings {
        any_engine,
        engine: reader.text("engine")?,
        network: reader.text("network")?,
        pull: reader.choice("pull")?,
        volumes: volumes(reader)?,
        secrets: secrets(reader, environment)?,
    })
}

fn volumes(reader: &mut Reader<'_>) -> Result<Vec<Volume>, Error> {
    for value in reader.ignored("volume") {
        volume::form(&value.text).map_err(|error| error.on(&value.at))?;
    }
    let mut volumes: Vec<Volume> = Vec::new();
    for (layer, value) in reader.every("volume") {
        let volume = filled(value).and_then(|text| volume::parse(text, &layer.path("")));
        let volume = volume.map_err(|error| error.on(&value.at))?;
        if !volume.source.contains('/') && layer.path(&volume.source).exists() {
            let source = &volume.source;
            reader.warn(format!(
                "{}: {source} is the name of a volume; what lies here is ./{source}",
                value.at
            ));
        }
        put(&mut volumes, volume, |old, new| old.target == new.target);
    }
    Ok(volumes)
}

/// Secrets that `--secret-from-env` takes from this environment.
fn secrets(reader: &mut Reader<'_>, environment: &Environment) -> Result<Vec<EnvVar>, Error> {
    let mut secrets = Vec::new();
    for (_, value) in reader.every("secret-from-env") {
        let text = filled(value).map_err(|error| error.on(&value.at))?;
        let (name, variable) = text.split_once('=').unwrap_or((text, text));
        let wrong = |what: &str| {
            Error::usage(format!("the variable {} {what}", env_file::shown(variable))).on(&value.at)
        };
        let secret = match environment.get(variable) {
            Lookup::Found(secret) => EnvValue::Secret(secret),
            Lookup::Missing => return Err(wrong("is not set")),
            Lookup::NotUtf8 => return Err(wrong("is not valid UTF-8")),
        };
        let secret = EnvVar { name: name.to_owned(), value: secret };
        put(&mut secrets, secret, |old, new| old.name == new.name);
    }
    Ok(secrets)
}
