//! The certificates that `AWS_CA_BUNDLE`, or `ca_bundle` of the profile, names in place of the machine's.
//!
//! As the AWS CLI has it: the variable comes before the profile, and the file replaces what the machine trusts
//! (source: botocore, `configprovider.py` and `httpsession.py`).

use std::path::Path;

use aws_config::profile::Profile;
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_http_client::tls::TrustStore;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::environment::Environment;
use crate::error::Error;
use crate::settings::quantity::quoted;

/// What is trusted.
///
/// # Errors
///
/// The file cannot be read, or holds no certificate in PEM.
pub(super) fn tls_context(environment: &Environment, profile: Option<&Profile>) -> Result<TlsContext, Error> {
    let set = environment.path("AWS_CA_BUNDLE").map(|path| ("AWS_CA_BUNDLE".to_owned(), path));
    let set = set.or_else(|| {
        let profile = profile?;
        let path = profile.get("ca_bundle").filter(|path| !path.is_empty())?;
        Some((format!("ca_bundle of the profile `{}`", profile.name()), path.into()))
    });
    let Some((set_by, path)) = set else { return Ok(TlsContext::default()) };
    let store = TrustStore::empty().with_pem_certificate(read(&set_by, &path)?);
    // Nothing of it can fail.
    Ok(TlsContext::builder().with_trust_store(store).build().unwrap_or_default())
}

fn read(set_by: &str, path: &Path) -> Result<Vec<u8>, Error> {
    let wrong = |what: String| {
        Error::usage(format!("{set_by} is {}: {what}", quoted(&path.to_string_lossy())))
            .hint("name a file of certificates in PEM (-----BEGIN CERTIFICATE-----), or unset it")
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(format!("it cannot be read: {error}")))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = certificates.map_err(|error| wrong(format!("it is no PEM file: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong("it holds no certificate".to_owned()));
    }
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates.into_iter().enumerate() {
        let added = roots.add(certificate);
        added
            .map_err(|error| wrong(format!("its certificate {} cannot be understood: {error}", index + 1)))?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../../../../tests/emulators/tls/certificate.pem");

    #[test]
    fn what_holds_no_certificate_is_refused_with_who_named_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("ca.pem");
        let named = || tls_context(&[("AWS_CA_BUNDLE", path.as_os_str())].into_iter().collect(), None);
        let missing = named().expect_err("there is no file");
        assert!(missing.is_usage() && missing.to_string().contains("cannot be read"), "{missing}");
        let cut = GOOD.replace("-----END CERTIFICATE-----", "");
        let not_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        for (content, why) in [
            ("", "no certificate"),
            ("hello", "no certificate"),
            (&cut, "no PEM file"),
            (not_der, "certificate 1"),
        ] {
            std::fs::write(&path, content).expect("written");
            let error = named().expect_err(why);
            assert!(error.is_usage() && error.to_string().starts_with("AWS_CA_BUNDLE is "), "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
        for content in [GOOD.to_owned(), format!("# two\n{GOOD}\n{GOOD}")] {
            std::fs::write(&path, content).expect("written");
            assert!(named().is_ok());
        }
        assert!(
            tls_context(&[("AWS_CA_BUNDLE", "")].into_iter().collect(), None).is_ok(),
            "empty is not set"
        );
    }
}
