//! TeamCity's agent.
//!
//! Source: JetBrains/TeamCity.ServiceMessages, `ServiceMessageParser.cs`: it reads characters, and a message
//! begins wherever its opening stands. Here the opening alone counts, so that no message is overlooked for
//! what follows.

/// The service messages of what a step prints.
pub fn messages(text: &str) -> Vec<String> {
    text.match_indices("##teamcity[").map(|(at, _)| text[at..].chars().take(40).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_begins_anywhere() {
        assert_eq!(
            messages("a ##teamcity[b]\n###teamcity[c]"),
            ["##teamcity[b]\n###teamcity[c]", "##teamcity[c]"]
        );
    }
}
