//! Taking an image reference apart: `[REGISTRY/]PATH[:TAG][@DIGEST]`.

/// Docker Hub, where images without a registry come from.
pub const DOCKER_HUB: &str = "docker.io";

/// The registry of an image.
/// Source: github.com/distribution/reference, `splitDockerDomain`.
pub fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => DOCKER_HUB,
    }
}

/// Everything before the tag, and the tag as container engines take it: a digest is part of the name
/// and leaves the tag empty, and a missing tag is `latest` (without one an engine would pull every tag).
pub fn name_and_tag(image: &str) -> (&str, &str) {
    if image.contains('@') {
        return (image, "");
    }
    match image.rsplit_once(':') {
        // A port, not a tag.
        Some((_, tag)) if tag.contains('/') => (image, "latest"),
        Some((name, tag)) => (name, tag),
        None => (image, "latest"),
    }
}

/// The image's own name: no registry, no path, no tag, no digest.
pub fn base_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        for (image, host, name, tag, base) in [
            ("alpine", "docker.io", "alpine", "latest", "alpine"),
            ("alpine:3", "docker.io", "alpine", "3", "alpine"),
            ("team/app:1", "docker.io", "team/app", "1", "app"),
            ("localhost/x:1", "localhost", "localhost/x", "1", "x"),
            ("127.0.0.1:5000/a/b", "127.0.0.1:5000", "127.0.0.1:5000/a/b", "latest", "b"),
            ("ghcr.io/a/b@sha256:00", "ghcr.io", "ghcr.io/a/b@sha256:00", "", "b"),
            ("ghcr.io/a/b:1@sha256:00", "ghcr.io", "ghcr.io/a/b:1@sha256:00", "", "b"),
        ] {
            assert_eq!(registry(image), host, "{image}");
            assert_eq!(name_and_tag(image), (name, tag), "{image}");
            assert_eq!(base_name(image), base, "{image}");
        }
    }
}
