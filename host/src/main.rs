//! The `sortie` command: a thin shell over the library.

fn main() -> std::process::ExitCode {
    sortie::cli::main()
}
