//! The one plugin that a component is, between its calls.

use std::any::Any;
use std::cell::RefCell;

use crate::Error;

thread_local! {
    // Statics of a generic type do not exist; a component holds one plugin of one type.
    static INSTANCE: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// Keeps the configured plugin.
pub(super) fn set<P: 'static>(plugin: Option<P>) {
    INSTANCE.with_borrow_mut(|instance| *instance = plugin.map(|plugin| Box::new(plugin) as Box<dyn Any>));
}

/// Calls the plugin. An error when `configure` was not called or refused: the host calls nothing else then.
pub(super) fn with<P: 'static, R>(call: impl FnOnce(&mut P) -> Result<R, Error>) -> Result<R, Error> {
    INSTANCE.with_borrow_mut(|instance| {
        match instance.as_mut().and_then(|instance| instance.downcast_mut::<P>()) {
            Some(plugin) => call(plugin),
            None => Err(Error::failed("the plugin was called before it was configured")),
        }
    })
}
