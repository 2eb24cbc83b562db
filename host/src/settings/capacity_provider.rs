//! `--capacity-provider NAME[=WEIGHT[,BASE]]`: the capacity that a task on Fargate is placed on.

use crate::error::Error;

/// Max items of a capacity provider strategy, and bounds of an item.
/// Source: Amazon ECS API reference, RunTask and CapacityProviderStrategyItem.
const MAX_PROVIDERS: usize = 20;
const MAX_WEIGHT: u32 = 1000;
const MAX_BASE: u32 = 100_000;

/// One capacity provider with its share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// `FARGATE`, `FARGATE_SPOT`, or a provider of the cluster.
    pub name: String,
    /// Share of tasks beyond the base.
    pub weight: Option<u32>,
    /// Least number of tasks.
    pub base: Option<u32>,
}

/// Reads `NAME`, `NAME=WEIGHT` and `NAME=WEIGHT,BASE`.
///
/// # Errors
///
/// One has another form, or there are too many of them.
pub fn providers(given: &[String]) -> Result<Vec<Provider>, Error> {
    if given.len() > MAX_PROVIDERS {
        return Err(Error::usage(format!(
            "{} capacity providers are given (--capacity-provider); ECS takes at most {MAX_PROVIDERS}",
            given.len()
        ))
        .about("capacity-provider")
        .hint("give fewer of them"));
    }
    given
        .iter()
        .map(|text| {
            provider(text).ok_or_else(|| {
                let error =
                    Error::usage(format!("`{text}` is not a capacity provider (--capacity-provider)"));
                error.about("capacity-provider").hint(
                    "write NAME, NAME=WEIGHT (0 to 1000) or NAME=WEIGHT,BASE (0 to 100000); for example \
                     FARGATE_SPOT=1",
                )
            })
        })
        .collect()
}

fn provider(text: &str) -> Option<Provider> {
    let (name, share) = match text.split_once('=') {
        Some((name, share)) => (name, Some(share)),
        None => (text, None),
    };
    let (weight, base) = match share.map(|share| share.split_once(',').unwrap_or((share, ""))) {
        // ECS would take 0, with which nothing is ever placed.
        None => (Some(1), None),
        Some((weight, "")) => (Some(weight.parse().ok()?), None),
        Some((weight, base)) => (Some(weight.parse().ok()?), Some(base.parse().ok()?)),
    };
    let fits = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        && weight.is_none_or(|weight| weight <= MAX_WEIGHT)
        && base.is_none_or(|base| base <= MAX_BASE);
    fits.then(|| Provider { name: name.to_owned(), weight, base })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_providers_have_a_grammar() {
        let read = |text: &str| providers(&[text.to_owned()]);
        let wanted = |name: &str, weight, base| vec![Provider { name: name.to_owned(), weight, base }];
        assert_eq!(read("FARGATE").expect("plain"), wanted("FARGATE", Some(1), None));
        assert_eq!(read("FARGATE_SPOT=4").expect("weight"), wanted("FARGATE_SPOT", Some(4), None));
        assert_eq!(read("FARGATE=1,2").expect("base"), wanted("FARGATE", Some(1), Some(2)));
        for text in ["", "=1", "A=x", "A=1,x", "A=1001", "A=1,100001", "A B"] {
            let error = read(text).expect_err(text);
            assert!(error.is_usage() && error.to_string().contains("--capacity-provider"));
        }
    }
}
