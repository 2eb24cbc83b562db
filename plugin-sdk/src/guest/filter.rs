//! The world `filter`.

use std::marker::PhantomData;

use super::instance;
use super::shared_conversions;
use crate::Filter;
use crate::config;
use crate::filter as sdk;

/// The world as `wit-bindgen` shows it to Rust. Made from `wit/` by the test
/// `the_sdk_has_the_bindings_of_wit` of `sortie-plugin-build`.
#[allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
#[rustfmt::skip]
#[path = "bindings/filter.rs"]
pub mod bindings;

use bindings::sortie::plugin::lines;

shared_conversions!(types::Kind::Filter);

/// A [`Filter`] as the world wants it.
pub struct Component<P>(PhantomData<P>);

impl<P: Filter + 'static> bindings::Guest for Component<P> {
    fn describe() -> types::Description {
        description(P::about())
    }

    fn configure(json: String) -> bindings::Setup {
        let (plugin, findings) = config::configure(&json, &HostEnvironment, P::configure);
        let interests = plugin.as_ref().and_then(Filter::interests);
        instance::set(plugin);
        bindings::Setup {
            diagnostics: diagnostics(findings),
            interests: interests.map(|interests| interests.into_iter().map(interest).collect()),
        }
    }

    fn process(batch: lines::Batch) -> lines::Edits {
        let batch_view = sdk::Batch::new(&batch.bytes, &batch.ends, batch.partial);
        let mut edits = sdk::Edits::default();
        let follow = instance::with(|plugin: &mut P| {
            plugin.process(batch_view, &mut edits);
            plugin.follow()
        });
        let (edits, bytes) = edits.into_parts();
        lines::Edits { edits: edits.into_iter().map(edit).collect(), bytes, follow }
    }

    fn finish() -> Vec<u8> {
        let mut rest = Vec::new();
        instance::with(|plugin: &mut P| plugin.finish(&mut rest));
        rest
    }
}

fn edit(edit: sdk::Edit) -> lines::Edit {
    let action = match edit.action {
        sdk::Action::Drop => lines::Action::Drop,
        sdk::Action::Replace => lines::Action::Replace,
    };
    lines::Edit { line: edit.line, action, end: edit.end }
}

fn interest(interest: sdk::Interest) -> lines::Interest {
    let pattern = match interest.pattern {
        sdk::Pattern::Literal(bytes) => lines::Pattern::Literal(bytes),
        sdk::Pattern::Regex(expression) => lines::Pattern::Regex(expression),
    };
    lines::Interest { pattern, opens: interest.opens }
}
