//! Code in a file, authenticated.
//!
//! ```text
//! sealed = authentication code (32 bytes) · code
//! authentication code = HMAC-SHA-256(key, purpose · component's SHA-256 · engine's identity · length · code)
//! ```
//!
//! So a file is taken only for the component it was made of, by an engine of the same version,
//! configuration and target, and only if whoever made it knew the key. Moving, exchanging, cutting or
//! changing files gives none that is taken.

use std::hash::Hash as _;
use std::hash::Hasher;

use hmac::Hmac;
use hmac::KeyInit as _;
use hmac::Mac as _;
use sha2::Digest as _;
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::Genuine;
use crate::plugin::trust::Digest;

/// What the key is used for, and the version of this format.
const PURPOSE: &[u8] = b"sortie compiled component 1\0";

/// Bytes of the authentication code.
const TAG: usize = 32;

/// Bytes of a key.
pub(crate) const KEY: usize = 32;

/// A secret of the user's, which authenticates code that their sortie compiled.
pub(crate) struct Key(pub(crate) [u8; KEY]);

/// What an engine takes code from: version, configuration and target.
#[derive(Clone, Copy)]
pub(crate) struct EngineIdentity([u8; 32]);

impl EngineIdentity {
    /// Of this engine.
    pub(crate) fn of(engine: &Engine) -> Self {
        struct Sha(Sha256);
        impl Hasher for Sha {
            fn write(&mut self, bytes: &[u8]) {
                self.0.update(bytes);
            }
            /// Not asked for.
            fn finish(&self) -> u64 {
                0
            }
        }
        let mut sha = Sha(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut sha);
        Self(sha.0.finalize().into())
    }

    /// Its first bytes in hexadecimal digits, for the name of a file.
    pub(crate) fn short(&self) -> String {
        self.0[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The authentication code of a component's code, to be written before it.
pub(crate) fn seal(key: &Key, component: Digest, engine: EngineIdentity, code: &[u8]) -> [u8; TAG] {
    mac(key, component, engine, code).finalize().into_bytes().into()
}

/// The component of a sealed file. `None` where anything about it is not as [`seal`] has made it.
pub(crate) fn open(
    key: &Key,
    component: Digest,
    identity: EngineIdentity,
    engine: &Engine,
    sealed: &[u8],
) -> Option<Component> {
    let (tag, code) = sealed.split_at_checked(TAG)?;
    // In constant time.
    mac(key, component, identity, code).verify_slice(tag).ok()?;
    Genuine(code).load(engine).ok()
}

fn mac(key: &Key, component: Digest, engine: EngineIdentity, code: &[u8]) -> Hmac<Sha256> {
    // HMAC's own rule for a key that is shorter than a block of the hash: zeros after it.
    let mut block = [0; 64];
    block[..KEY].copy_from_slice(&key.0);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(PURPOSE);
    mac.update(component.as_bytes());
    mac.update(&engine.0);
    mac.update(&(code.len() as u64).to_le_bytes());
    mac.update(code);
    mac
}
