# The formula of a tap; .ci/release/pin fills it in.
class Sortie < Formula
  desc "Run one process in a private VPC from CI and get back what a local process gives"
  homepage "https://github.com/OWNER/sortie"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@DOWNLOADS@/sortie-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@aarch64-apple-darwin@"
    end
    on_intel do
      url "@DOWNLOADS@/sortie-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@DOWNLOADS@/sortie-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@DOWNLOADS@/sortie-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "sortie"
    generate_completions_from_executable(bin/"sortie", "completions")
    system bin/"sortie", "help", "man", "--out", buildpath/"man"
    man1.install Dir[buildpath/"man/*.1"]
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/sortie version")
    assert_equal "hi\n", shell_output("#{bin}/sortie run --backend process -- echo hi")
  end
end
