//! Secrets as programs print them, by group.

mod assignments;
mod authorization;
mod cloud;
mod keys;
mod urls;
mod vendors;

use crate::template::Random;

/// One spelling of a secret.
pub(crate) struct Case {
    /// What it was made of.
    pub(crate) template: &'static str,
    /// The line, or lines.
    pub(crate) text: String,
    /// The same with nothing but the secrets masked.
    pub(crate) masked: String,
    /// What must not be printed.
    pub(crate) secrets: Vec<String>,
}

/// Cases of one kind.
pub(crate) struct Group {
    /// Of what kind.
    pub(crate) name: &'static str,
    /// At least so many must be masked, in hundredths.
    pub(crate) floor: usize,
    /// The cases.
    pub(crate) cases: Vec<Case>,
}

/// Each token of the vendors' in some of these, in turn: no name says what it is.
const AROUND: [&str; 14] = [
    "using %",
    "% was created",
    "X=%",
    "{\"id\":\"%\",\"n\":1}",
    "{\\\"id\\\": \\\"%\\\"}",
    "got '%' from the store",
    "<v>%</v>",
    "first line\\n%\\nthird",
    "a=1&x=%&b=2",
    "  - %",
    "(%)",
    "\u{1b}[32m%\u{1b}[0m",
    "id: %, n: 3",
    "[%]",
];

/// All groups. Always the same.
pub(crate) fn groups(repetitions: usize) -> Vec<Group> {
    let random = &mut Random::new(0x9e37_79b9_7f4a_7c15);
    let mut vendors = Vec::new();
    for (_, format) in vendors::FORMATS {
        for _ in 0..repetitions {
            let (before, after) = random.one(&AROUND).split_once('%').expect("it has a place");
            vendors.push(case(random, format, &format!("{before}«{format}»{after}")));
        }
    }
    let mut groups = vec![Group { name: "tokens with a form of their own", floor: 95, cases: vendors }];
    for (name, floor, templates) in [
        ("name = value, names that say secret", 95, assignments::ASSIGNMENTS),
        ("names in flags and files of programs", 95, assignments::PROGRAMS),
        ("headers, cookies, query strings", 95, assignments::WEB),
        ("Authorization, schemes and dumps", 95, authorization::AUTHORIZATION),
        ("URLs and connection strings", 95, urls::URLS),
        ("cloud credentials", 95, cloud::CLOUD),
        ("JWT and other tokens in base64", 95, cloud::JWT),
        ("key material", 95, keys::KEYS),
        ("with colour inside, in UTF-16", 95, cloud::DISGUISED),
    ] {
        let mut cases = Vec::new();
        for template in templates {
            cases.extend((0..repetitions).map(|_| case(random, template, template)));
        }
        groups.push(Group { name, floor, cases });
    }
    groups
}

fn case(random: &mut Random, template: &'static str, filled: &str) -> Case {
    let filled = random.fill(filled);
    let (mut masked, mut secrets, mut at) = (String::new(), Vec::new(), 0);
    for secret in filled.secrets {
        masked.push_str(&filled.text[at..secret.start]);
        masked.push_str("***");
        secrets.push(filled.text[secret.clone()].to_owned());
        at = secret.end;
    }
    masked.push_str(&filled.text[at..]);
    Case { template, text: filled.text, masked, secrets }
}
