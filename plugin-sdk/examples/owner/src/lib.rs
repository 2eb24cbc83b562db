//! A transform that says who owns a task: a tag with the configured name, or that of the CI system. Tasks
//! whose image may be another one tomorrow are refused.

use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Notes;
use sortie_plugin_sdk::Setup;
use sortie_plugin_sdk::TaskSpec;
use sortie_plugin_sdk::Transform;

const TAG: &str = "owner";

/// Says who owns a task.
pub struct Owner {
    owner: String,
    why: String,
}

/// Who owns it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    owner: Option<String>,
}

impl Transform for Owner {
    type Config = Config;
    const ABOUT: About = About::new("owner", env!("CARGO_PKG_VERSION"), "Says who owns a task.")
        .config_schema(
            r#"{
                "type": "object",
                "properties": { "owner": { "type": "string", "minLength": 1 } },
                "additionalProperties": false
            }"#,
        );

    fn configure(config: Config, setup: &mut Setup<'_>) -> Result<Self, Finding> {
        match (config.owner, &setup.context().ci) {
            (Some(owner), _) => Ok(Self { owner, why: "it is configured".to_owned() }),
            (None, Some(ci)) => Ok(Self { owner: ci.clone(), why: "sortie runs there".to_owned() }),
            (None, None) => {
                Err(Finding::error("", "there is no CI system here: `owner` has to say whose it is"))
            }
        }
    }

    fn transform(&mut self, task: &mut TaskSpec, notes: &mut Notes) -> Result<(), Error> {
        let floating = |image: &str| image.ends_with(":latest");
        if let Some(container) = task.containers.iter().find(|container| floating(&container.image)) {
            let why = format!("{} may be another image tomorrow: give it a version", container.image);
            return Err(Error::refused(why));
        }
        match task.tag(TAG) {
            Some(owner) => notes.note(format!("the task has an owner already: {owner}")),
            None => {
                task.set_tag(TAG, &self.owner);
                notes.note(format!("the owner is {}: {}", self.owner, self.why));
            }
        }
        if task.memory.is_none() && task.containers.iter().any(|container| container.memory.is_none()) {
            notes.warn("nothing limits the task's memory");
        }
        Ok(())
    }
}

sortie_plugin_sdk::export!(transform: Owner);

#[cfg(test)]
mod tests {
    use sortie_plugin_sdk::Context;
    use sortie_plugin_sdk::testing;
    use sortie_plugin_sdk::testing::FakeEnvironment;
    use sortie_plugin_sdk::transform::Container;

    use super::*;

    fn task(image: &str) -> TaskSpec {
        TaskSpec::new("job", [Container::new("app", image)])
    }

    #[test]
    fn the_configured_owner_comes_before_the_ci_system() {
        let mut context = Context::for_tests();
        context.ci = Some("github".to_owned());
        let environment = FakeEnvironment::new().with_context(context);
        for (config, owner) in [(r#"{ "owner": "shop" }"#, "shop"), ("{}", "github")] {
            let mut plugin = testing::transform_in::<Owner>(config, &environment).unwrap();
            assert_eq!(plugin.run(task("busybox:1.37")).unwrap().tag(TAG), Some(owner));
            assert_eq!(plugin.notes().len(), 2, "the owner, and that nothing limits the memory");
        }
        assert!(testing::transform::<Owner>("{}").is_err(), "nobody owns it");
    }

    #[test]
    fn an_image_that_may_change_is_refused() {
        let mut plugin = testing::transform::<Owner>(r#"{ "owner": "shop" }"#).unwrap();
        assert_eq!(plugin.run(task("busybox:latest")).unwrap_err().code(), "refused");
    }
}
