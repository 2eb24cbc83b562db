//! What runs: a task definition in a file, as it is written for Fargate, or an image.

use crate::ecs_definition::command_line;
use crate::ecs_definition::file;
use crate::error::Error;
use crate::settings::Settings;
use crate::settings::TaskDefinitionRef;
use crate::spec::ContainerSpec;
use crate::spec::DEFAULT_CONTAINER;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;
use crate::spec::image_name;

/// Reads or makes the task, with the command line applied to it.
pub(crate) async fn read(settings: &Settings) -> Result<TaskSpec, Error> {
    let request = &settings.task;
    let mut task = match (&request.task_definition, &request.image) {
        (Some(TaskDefinitionRef::File(file)), _) => file::read(file, request.name.as_deref()).await?,
        (Some(TaskDefinitionRef::Registered(name)), _) => return Err(registered(name)),
        (None, Some(image)) => for_image(image, settings),
        (None, None) => {
            return Err(Error::usage("nothing to run: neither an image nor a task definition")
                .hint("--image IMAGE, or --task-definition file:task.json"));
        }
    };
    command_line::apply(&mut task, settings)?;
    take_secrets(&mut task, &settings.docker.secrets)?;
    Ok(task)
}

fn registered(name: &str) -> Error {
    Error::usage(format!(
        "the task definition `{name}` is registered with ECS, which a container engine does not know"
    ))
    .hint(format!(
        "save it once: aws ecs describe-task-definition --task-definition {name} > task.json\n\
             and run it:   --task-definition file:task.json"
    ))
}

fn for_image(image: &str, settings: &Settings) -> TaskSpec {
    let request = &settings.task;
    let container = ContainerSpec {
        name: request.container.clone().unwrap_or_else(|| DEFAULT_CONTAINER.to_owned()),
        image: image.to_owned(),
        essential: true,
        ..ContainerSpec::default()
    };
    TaskSpec {
        name: request.name.clone().unwrap_or_else(|| image_name::base_name(image).to_owned()),
        containers: vec![container],
        ..TaskSpec::default()
    }
}

/// Secrets of the definition that the user gives from the environment become secret variables.
fn take_secrets(task: &mut TaskSpec, given: &[EnvVar]) -> Result<(), Error> {
    for secret in given {
        let mut found = false;
        for container in &mut task.containers {
            let before = container.secrets.len();
            container.secrets.retain(|wanted| wanted.name != secret.name);
            if container.secrets.len() < before {
                command_line::set_variable(&mut container.env, secret);
                found = true;
            }
        }
        if !found {
            let names: Vec<&str> = task
                .containers
                .iter()
                .flat_map(|container| &container.secrets)
                .map(|wanted| wanted.name.as_str())
                .collect();
            return Err(Error::usage(format!(
                "--secret-from-env {}: the task has no such secret",
                secret.name
            ))
            .hint(match names.is_empty() {
                true => "its definition has no secrets; --env NAME copies a variable".to_owned(),
                false => format!("its secrets are: {}", names.join(", ")),
            }));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::EnvValue;
    use crate::spec::Pair;

    #[test]
    fn a_secret_from_the_environment_takes_the_place_of_the_stores() {
        let container = ContainerSpec {
            name: "app".into(),
            secrets: vec![Pair::new("PW", "arn:…")],
            ..Default::default()
        };
        let mut task = TaskSpec { containers: vec![container], ..TaskSpec::default() };
        let given = EnvVar { name: "PW".into(), value: EnvValue::Secret("s3".into()) };
        take_secrets(&mut task, std::slice::from_ref(&given)).expect("it is one of the task's");
        assert_eq!(task.containers[0].env, [given]);
        assert!(task.containers[0].secrets.is_empty());
        let other = EnvVar { name: "P".into(), value: EnvValue::Secret("s3".into()) };
        assert!(take_secrets(&mut task, &[other]).expect_err("no such secret").is_usage());
    }

    #[test]
    fn a_registered_definition_says_how_to_save_it() {
        let error = registered("deploy:3");
        assert!(error.is_usage() && error.advice().contains("--task-definition deploy:3 > task.json"));
    }
}
