//! Outputs as environment variables, one line each, for systems that have only these.

use sortie_story::Story;
use sortie_story::outputs;
use sortie_story::plain;

/// A variable for later steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Letters, digits and underscores.
    pub name: String,
    /// Without control characters but line breaks.
    pub value: String,
}

/// What a value may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One line.
    OneLine,
    /// Any number of lines.
    Lines,
}

/// Variables, and the names of those that are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    /// What can be given, the most important first.
    pub given: Vec<Variable>,
    /// Names of those that the system would not keep as they are.
    pub left_out: Vec<String>,
}

/// The outputs of a run as variables with this prefix. `fits` says whether the system keeps a value as it is;
/// one that it does not is left out, and so is one of another shape. sortie's own reason is told in the shape
/// that there is.
pub fn of(story: &Story, prefix: &str, shape: Shape, fits: impl Fn(&str) -> bool) -> Variables {
    let mut variables = Variables::default();
    for output in outputs::outputs(story) {
        let name = outputs::variable(prefix, &output.name);
        let value = match (output.of_task, shape) {
            (true, _) => output.value,
            (false, Shape::OneLine) => plain::line(&output.value),
            (false, Shape::Lines) => plain::lines(&output.value),
        };
        let has_shape = !value.contains(|c: char| c.is_control() && (c != '\n' || shape == Shape::OneLine));
        match has_shape && fits(&value) {
            true => variables.given.push(Variable { name, value }),
            false => variables.left_out.push(name),
        }
    }
    variables
}

impl Variables {
    /// What a person is told of those that are left out; `None` where there are none.
    pub fn apology(&self, why: &str) -> Option<String> {
        (!self.left_out.is_empty())
            .then(|| format!("not given to later steps: {} ({why})", self.left_out.join(", ")))
    }
}
