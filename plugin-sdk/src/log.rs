//! Words for whoever runs or writes the plugin.
//!
//! ```
//! use sortie_plugin_sdk::log;
//!
//! log::debug("shown with -vv");
//! log::info(&format!("{} rules", 3));
//! ```

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// For whoever writes the plugin.
    Debug,
    /// For whoever wants to know what it does.
    Info,
    /// Something is probably not as meant.
    Warn,
    /// Something does not work.
    Error,
}

/// Says something, at any time. Shown with `-v` ([`Level::Debug`]: `-vv`), in tests and after a crash. What a
/// filter says after it has been shown a line may quote it, and is not shown.
pub fn log(level: Level, message: &str) {
    said::add(level, message);
}

/// Says something to whoever writes the plugin.
pub fn debug(message: &str) {
    log(Level::Debug, message);
}

/// Says something to whoever wants to know what the plugin does.
pub fn info(message: &str) {
    log(Level::Info, message);
}

/// Says that something is probably not as meant.
pub fn warn(message: &str) {
    log(Level::Warn, message);
}

/// Says that something does not work.
pub fn error(message: &str) {
    log(Level::Error, message);
}

/// In a component the host is told.
#[cfg(target_arch = "wasm32")]
mod said {
    #[cfg_attr(
        not(any(feature = "transform", feature = "filter", feature = "reporter")),
        expect(unused_variables, reason = "a library that is no plugin has no host")
    )]
    pub(super) fn add(level: super::Level, message: &str) {
        #[cfg(any(feature = "transform", feature = "filter", feature = "reporter"))]
        crate::guest::imports::logging::log(level, message);
    }
}

/// In a native test it is kept for the driver.
#[cfg(not(target_arch = "wasm32"))]
mod said {
    use std::cell::RefCell;

    use super::Level;

    /// Lines that are kept where nobody asks for them.
    const MAX_KEPT: usize = 10_000;

    thread_local! {
        static SAID: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn add(level: Level, message: &str) {
        SAID.with_borrow_mut(|said| {
            if said.len() < MAX_KEPT {
                said.push((level, message.to_owned()));
            }
        });
    }

    pub(crate) fn take() -> Vec<(Level, String)> {
        SAID.take()
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use said::take;
