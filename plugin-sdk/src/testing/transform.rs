//! Drives a transform.

use super::FakeEnvironment;
use super::driver::Said;
use super::driver::configure;
use super::driver::said;
use crate::Error;
use crate::Finding;
use crate::Notes;
use crate::TaskSpec;
use crate::Transform;
use crate::transform::EnvValue;

/// Configures a transform to which nothing is granted.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn transform<T: Transform>(json: &str) -> Result<TransformDriver<T>, Vec<Finding>> {
    transform_in(json, &FakeEnvironment::new())
}

/// Configures a transform.
///
/// # Errors
/// The findings, when one of them is an error.
pub fn transform_in<T: Transform>(
    json: &str,
    environment: &FakeEnvironment,
) -> Result<TransformDriver<T>, Vec<Finding>> {
    let context = environment.context();
    let (transform, said) = configure(T::ABOUT, json, environment, context, T::configure)?;
    Ok(TransformDriver { transform, said, notes: Vec::new() })
}

/// Drives a transform.
#[derive(Debug)]
pub struct TransformDriver<T> {
    transform: T,
    said: Said,
    notes: Vec<Finding>,
}

impl<T: Transform> TransformDriver<T> {
    said!();

    /// The task, changed. (The host asks once.)
    ///
    /// # Errors
    /// Why the task must not run, or what did not work; `invalid` when secrets are not where they were.
    pub fn run(&mut self, mut task: TaskSpec) -> Result<TaskSpec, Error> {
        let mut notes = Notes::default();
        let secrets = secrets(&task);
        let transform = &mut self.transform;
        let result = self.said.during(|| transform.transform(&mut task, &mut notes));
        self.notes = notes.into_findings();
        result?;
        let stay = |(container, _): &(String, String)| task.container(container).is_some();
        let expected: Vec<_> = secrets.into_iter().filter(stay).collect();
        if self::secrets(&task) != expected {
            return Err(Error::new("invalid", "a transform can neither set a secret nor remove one"));
        }
        Ok(task)
    }

    /// Why the last task was changed.
    pub fn notes(&self) -> &[Finding] {
        &self.notes
    }
}

/// Container and name of every variable that holds a secret, in alphabetical order.
fn secrets(task: &TaskSpec) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    for container in &task.containers {
        let held = container.env.iter().filter(|variable| variable.value == EnvValue::Secret);
        secrets.extend(held.map(|variable| (container.name.clone(), variable.name.clone())));
    }
    secrets.sort();
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::About;
    use crate::Context;
    use crate::Level;
    use crate::Need;
    use crate::NoConfig;
    use crate::Setup;
    use crate::log;
    use crate::transform::Container;
    use crate::transform::EnvVar;

    /// Looks at everything that surrounds it.
    struct Curious(Vec<String>);

    impl Transform for Curious {
        type Config = NoConfig;
        const ABOUT: About = About::new("curious", "1.0.0", "Looks").needs(&[Need::env("A"), Need::env("B")]);

        fn configure(_: NoConfig, setup: &mut Setup<'_>) -> Result<Self, Finding> {
            let codes = ["A", "B", "C"].map(|name| match setup.env(name) {
                Ok(value) => format!("{value:?}"),
                Err(error) => error.code().to_owned(),
            });
            setup.need(Need::env("D").required());
            log::warn("configured");
            Ok(Self(codes.into_iter().chain(setup.context().ci.clone()).collect()))
        }

        fn transform(&mut self, task: &mut TaskSpec, notes: &mut Notes) -> Result<(), Error> {
            task.name = self.0.join(" ");
            notes.warn("renamed");
            log::log(Level::Debug, "transformed");
            Ok(())
        }
    }

    #[test]
    fn a_plugin_sees_what_it_asked_for_and_was_granted() {
        let mut context = Context::for_tests();
        context.ci = Some("github".to_owned());
        let environment = FakeEnvironment::new().set("A", "1").set("C", "3").with_context(context);
        let mut driver = transform_in::<Curious>("{}", &environment).expect("accepted");
        let task = driver.run(TaskSpec::default()).expect("changed");
        assert_eq!(task.name, "Some(\"1\") denied denied github");
        assert_eq!(driver.notes(), [Finding::warning("", "renamed")]);
        assert_eq!((driver.needs()[0].argument.as_str(), driver.needs()[0].required), ("D", true));
        let logged = [(Level::Warn, "configured".to_owned()), (Level::Debug, "transformed".to_owned())];
        assert_eq!(driver.logged(), logged);
    }

    /// Takes all variables away.
    struct Greedy;

    impl Transform for Greedy {
        type Config = NoConfig;
        const ABOUT: About = About::new("greedy", "1.0.0", "Takes");

        fn configure(_: NoConfig, _: &mut Setup<'_>) -> Result<Self, Finding> {
            Ok(Self)
        }

        fn transform(&mut self, task: &mut TaskSpec, _: &mut Notes) -> Result<(), Error> {
            task.containers.iter_mut().for_each(|container| container.env.clear());
            Ok(())
        }
    }

    #[test]
    fn a_secret_cannot_be_removed() {
        let task = |variable| {
            let mut container = Container::new("app", "busybox");
            container.env = vec![variable];
            TaskSpec::new("job", [container])
        };
        let mut driver = transform::<Greedy>("{}").expect("accepted");
        assert!(driver.run(task(EnvVar::new("A", "1"))).is_ok());
        assert_eq!(driver.run(task(EnvVar::secret("A"))).expect_err("refused").code(), "invalid");
    }
}
