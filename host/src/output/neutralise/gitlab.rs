//! GitLab CI.
//!
//! Source: gitlabhq, `lib/gitlab/regex.rb`: `section_start:TIME:NAME\r\e[0K` and its counterpart are
//! taken anywhere in a line. A log may say the word without meaning it; breaking it there too needs no
//! look at what follows, which may come in another piece.

use super::Marker;
use super::anywhere;

pub(super) const MARKERS: [Marker; 2] = [anywhere("section_start:"), anywhere("section_end:")];
