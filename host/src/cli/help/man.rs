//! `sortie help man`: manual pages, made from the same texts as `--help`.

use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::error::Error;

/// The page of `sortie` itself.
///
/// # Errors
///
/// None that a person could mend.
pub(super) fn page() -> Result<String, Error> {
    let mut page = Vec::new();
    Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Error::internal("the manual page").caused_by(error))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Writes a page for `sortie` and each of its commands into a directory, which is made if it is not there.
///
/// # Errors
///
/// The directory cannot be written.
pub(super) fn pages(directory: &Path) -> Result<(), Error> {
    let written =
        std::fs::create_dir_all(directory).and_then(|()| clap_mangen::generate_to(Cli::command(), directory));
    written.map_err(|error| {
        Error::usage(format!("cannot write manual pages to {}: {error}", directory.display())).on("--out")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_every_command() {
        let directory = tempfile::tempdir().unwrap();
        pages(&directory.path().join("man1")).unwrap();
        let read = |name: &str| std::fs::read_to_string(directory.path().join("man1").join(name)).unwrap();
        for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let page = read(&format!("sortie-{}.1", command.get_name()));
            assert!(page.contains(".SH SYNOPSIS"), "{page}");
        }
        assert!(read("sortie.1").contains("sortie\\-run(1)") && page().unwrap().contains(".TH sortie"));
        assert!(read("sortie-run.1").contains("SORTIE_LOG_GROUP"));
        assert!(pages(Path::new("/dev/null/x")).unwrap_err().is_usage());
    }
}
