//! How sortie talks to AWS, whatever it talks about.
//!
//! | file | what it knows |
//! |---|---|
//! | [`clients`] | region, credentials, time limits |
//! | [`credentials`] | credentials that can be nobody's |
//! | [`endpoint`] | addresses in place of AWS's own |
//! | [`ca_bundle`] | certificates in place of the machine's |
//! | [`http_client`] | TLS and proxies |
//! | [`ec2`] | EC2, of which the SDK has no client that is small |
//! | [`calls`] | calls, and what is said while they do not get through |
//! | [`wire`] | JSON bodies as they travel |
//! | [`failure`] | a call that failed, and the one table of what failures mean |
//! | [`retry`] | making a call again |
//! | [`pace`] | how often to ask about one task, or one log |
//! | [`limiter`] | how often to ask about all of them together |
//! | [`clock`] | the platform's clock beside this machine's |
//! | [`server_clock`] | a clock to sign with, which follows AWS's |
//! | [`arn`], [`links`] | names inside ARNs, pages of the console |

pub(super) mod arn;
mod ca_bundle;
mod calls;
pub(super) mod clients;
pub(super) mod clock;
mod credentials;
pub(super) mod ec2;
mod endpoint;
pub(super) mod failure;
mod http_client;
mod limiter;
pub(super) mod links;
pub(super) mod pace;
pub(super) mod retry;
mod server_clock;
pub(super) mod wire;
