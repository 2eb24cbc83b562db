//! The names of characters in XML and HTML.

/// The five of XML, and those of punctuation that encoders of everything but letters and digits use (HTML
/// Living Standard, section 13.5, "Named character references").
const NAMES: [(&str, char); 37] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("grave", '`'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("verbar", '|'),
    ("vert", '|'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("Tab", '\t'),
    ("euro", '€'),
];

/// The names of U+00A0 to U+00FF, in order (the same table; they are those of HTML 4).
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn \
    sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc \
    Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute \
    Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml \
    aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde \
    ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// Bytes of the longest reference that is looked at, without its ends: `#x0010FFFF`, with some zeros more.
const LONGEST: usize = 12;

/// The character that a reference spells with which `bytes` begin (`&amp;`, `&#38;`, `&#x26;`), and the
/// reference's length.
pub(super) fn reference(bytes: &[u8]) -> Option<(char, usize)> {
    let rest = bytes.strip_prefix(b"&")?;
    let end = rest.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&rest[..end]).ok()?;
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)?
        }
        None => named(name)?,
    };
    Some((character, end + 2))
}

fn named(name: &str) -> Option<char> {
    if let Some((_, character)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*character);
    }
    let place = LATIN.split_whitespace().position(|known| known == name)?;
    char::from_u32(0xa0 + u32::try_from(place).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_by_name_and_number() {
        for (text, expected) in [
            ("&amp;x", Some(('&', 5))),
            ("&#39;", Some(('\'', 5))),
            ("&#039;", Some(('\'', 6))),
            ("&#x27;", Some(('\'', 6))),
            ("&#X1F600;", Some(('😀', 9))),
            ("&nbsp;", Some(('\u{a0}', 6))),
            ("&eacute;", Some(('é', 8))),
            ("&yuml;", Some(('ÿ', 6))),
            ("&amp", None),
            ("&;", None),
            ("&#;", None),
            ("&#xD800;", None),
            ("&#+39;", Some(('\'', 6))),
            ("&a b;", None),
        ] {
            assert_eq!(reference(text.as_bytes()), expected, "{text}");
        }
    }
}
