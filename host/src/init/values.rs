//! What is known of the run.

use crate::backend::capability::Network;
use crate::backend::capability::Survey;

/// What is known of the run; what is not is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// ECS cluster.
    pub cluster: Option<String>,
    /// Task definition, in the words of `--task-definition`.
    pub task_definition: Option<String>,
    /// Image, where there is no task definition.
    pub image: Option<String>,
    /// AWS region.
    pub region: Option<String>,
    /// Subnets.
    pub subnets: Vec<String>,
    /// Security groups.
    pub security_groups: Vec<String>,
    /// Role of the CI job.
    pub role: Option<String>,
    /// What runs.
    pub command: Vec<String>,
}

impl Values {
    /// Takes from the account what is not known. `choose` is asked which one it is, with a name for what is
    /// chosen and the candidates, and answers with the index of one; it is not asked where there is none.
    pub fn fill(&mut self, survey: &Survey, mut choose: impl FnMut(&str, &[String]) -> Option<usize>) {
        let mut one = |what: &str, all: &[String]| {
            if all.is_empty() { None } else { choose(what, all).and_then(|index| all.get(index).cloned()) }
        };
        self.region = self.region.take().or_else(|| Some(survey.region.clone()));
        if self.cluster.is_none() {
            self.cluster = one("cluster", &survey.clusters);
        }
        if self.task_definition.is_none() && self.image.is_none() {
            self.task_definition = one("task definition", &survey.families);
        }
        if self.subnets.is_empty() {
            let names: Vec<String> = survey.networks.iter().map(Network::said).collect();
            let chosen = one("network", &names).and_then(|name| names.iter().position(|one| *one == name));
            if let Some(network) = chosen.and_then(|index| survey.networks.get(index)) {
                self.subnets.clone_from(&network.subnets);
                if self.security_groups.is_empty() {
                    self.security_groups.clone_from(&network.security_groups);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey() -> Survey {
        Survey {
            region: "eu-west-1".to_owned(),
            clusters: vec!["ci".to_owned(), "prod".to_owned()],
            families: vec!["deploy".to_owned()],
            networks: vec![Network {
                service: "web".to_owned(),
                subnets: vec!["subnet-1".to_owned()],
                security_groups: vec!["sg-1".to_owned()],
            }],
        }
    }

    #[test]
    fn only_what_is_not_known_is_taken_from_the_account() {
        let mut asked = Vec::new();
        let mut values = Values { security_groups: vec!["sg-mine".to_owned()], ..Values::default() };
        values.fill(&survey(), |what, all| {
            asked.push(format!("{what} of {}", all.len()));
            Some(all.len() - 1)
        });
        assert_eq!(asked, ["cluster of 2", "task definition of 1", "network of 1"]);
        assert_eq!(values.cluster.as_deref(), Some("prod"));
        assert_eq!(
            (values.subnets, values.security_groups),
            (vec!["subnet-1".into()], vec!["sg-mine".into()])
        );

        let mut known = Values {
            cluster: Some("mine".to_owned()),
            image: Some("alpine".to_owned()),
            subnets: vec!["subnet-2".to_owned()],
            ..Values::default()
        };
        known.fill(&survey(), |what, _| panic!("{what} is known"));
        assert_eq!((known.cluster.as_deref(), known.task_definition), (Some("mine"), None));
    }

    #[test]
    fn nobody_is_asked_about_nothing_and_may_leave_it_open() {
        let mut values = Values::default();
        values.fill(&Survey::default(), |what, _| panic!("there is no {what}"));
        values.fill(&survey(), |_, _| None);
        assert_eq!((values.cluster, values.subnets), (None, Vec::new()));
    }
}
