//! A value as programs print it, written from their documentation and not from what finds it.

/// Names and spellings.
pub(super) fn of(value: &str) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, spelt: String| all.push((name.to_owned(), spelt.into_bytes()));
    add("plain", value.to_owned());
    let json_go = json(value, |c| matches!(c, '<' | '>' | '&'), false);
    let json_all = json(value, |c| !c.is_ascii_alphanumeric(), true);
    let json_dotnet =
        json(value, |c| !c.is_ascii() || "\"&'+<>`".contains(c), true).replace("\\\"", "\\u0022");
    for (name, text) in [
        ("JSON", json(value, |_| false, false)),
        ("JSON, ASCII", json(value, |c| !c.is_ascii(), false)),
        ("JSON of Go", json_go),
        ("JSON of .NET", json_dotnet),
        ("JSON of Gson", json(value, |c| "<>&='".contains(c), false)),
        ("JSON of PHP", json(value, |c| !c.is_ascii(), false).replace('/', "\\/")),
        ("JSON, all but letters", json_all),
        ("JSON, every character", json(value, |_| true, false)),
    ] {
        let twice = json(&text, |_| false, false);
        add(&format!("{name} thrice"), json(&twice, |_| false, false));
        add(&format!("{name} twice"), twice);
        add(name, text);
    }
    for keep in ["-._~", "-._~!*'()", "-._~/", "-._*", ""] {
        for upper in [true, false] {
            let once = percent(value, keep, upper);
            add("percent twice", percent(&once, keep, upper));
            if keep == "-._*" {
                add("form", once.replace("%20", "+"));
            }
            add("percent", once);
        }
    }
    add("percent, every byte", value.bytes().map(|byte| format!("%{byte:02x}")).collect());
    add("HTML", html(value, "&#39;"));
    add("HTML of HTML", html(&html(value, "&#x27;"), "&#x27;"));
    add("XML", html(value, "&apos;"));
    add("JSON of XML", json(&html(value, "&apos;"), |c| c == '&', false));
    add("XML of JSON", html(&json(value, |c| !c.is_ascii(), false), "&#039;"));
    add("entities", value.chars().map(|c| format!("&#{};", u32::from(c))).collect());
    add("entities in hexadecimal", value.chars().map(|c| format!("&#x{:X};", u32::from(c))).collect());
    add("bash -x", value.replace('\'', r"'\''"));
    add("shlex.quote", value.replace('\'', r#"'"'"'"#));
    add("SQL", value.replace('\'', "''"));
    add("CSV", value.replace('"', "\"\""));
    add("declare -p", escaped_before(value, "\"\\$`", '\\'));
    add("PowerShell", escaped_before(value, "\"$`", '`'));
    add("printf %q", value.chars().flat_map(shell_quoted).collect());
    add("Java properties", properties(value));
    add("bytes of Python", python_bytes(value));
    add("$'…' of bash", bash_quoted(value));
    for (index, colour) in ["\x1b[1m", "\x1b[01;31m\x1b[K", "\\u001b[31m", "\x1b(B\x1b[m"].iter().enumerate()
    {
        // Between two backslashes nobody knows what is escaped.
        let is_between = |place: usize| value[..place].ends_with('\\') || value[place..].starts_with('\\');
        let places = value.char_indices().map(|(place, _)| place);
        let places: Vec<usize> = places.filter(|place| *place > 0 && !is_between(*place)).collect();
        for place in places.iter().take(6 + index) {
            // Where an escape is escaped, so is the rest.
            let text = |part: &str| if index == 2 { json(part, |_| false, false) } else { part.to_owned() };
            add("coloured", format!("{}{colour}{}", text(&value[..*place]), text(&value[*place..])));
        }
    }
    add("bold", value.chars().map(|c| format!("{c}\u{8}{c}")).collect());
    add("underlined", value.chars().map(|c| format!("_\u{8}{c}")).collect());
    of_bytes(value, &mut all);
    all
}

/// What is not meant to be read.
fn of_bytes(value: &str, all: &mut Vec<(String, Vec<u8>)>) {
    let mut add = |name: &str, spelt: Vec<u8>| all.push((name.to_owned(), spelt));
    for before in ["", "a", "ab"] {
        for after in ["", "yz"] {
            let once = base64(format!("{before}{value}{after}").as_bytes());
            add("base64", once.clone().into_bytes());
            add("base64url", once.replace('+', "-").replace('/', "_").into_bytes());
            add("base64 in a URL", percent(&once, "", true).into_bytes());
            add("base64 in JSON of PHP", once.replace('/', "\\/").into_bytes());
            add("base64 in JSON of .NET", once.replace('+', "\\u002B").into_bytes());
            if value.len() >= 8 {
                add("base64 twice", base64(format!("{before}{once}").as_bytes()).into_bytes());
            }
        }
        let quoted = json(value, |_| false, false);
        add("base64 of JSON", base64(format!("{before}\"{quoted}\"").as_bytes()).into_bytes());
    }
    let digits: Vec<String> = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    for (name, between) in [
        ("hexadecimal", ""),
        ("hexdump", " "),
        ("hexadecimal with colons", ":"),
        ("BitConverter", "-"),
        ("bytes of Go", ", 0x"),
        ("bytes of C", ",0x"),
    ] {
        add(name, digits.join(between).into_bytes());
        add(name, digits.join(between).to_uppercase().replace('X', "x").into_bytes());
    }
    for skipped in [0, 1] {
        let (alone, rest) = digits.split_at(skipped);
        let groups: Vec<String> =
            std::iter::once(alone).chain(rest.chunks(2)).map(|group| group.concat()).collect();
        add("xxd", groups.join(" ").trim().as_bytes().to_vec());
    }
    let decimal: Vec<String> = value.bytes().map(|byte| byte.to_string()).collect();
    for (name, between) in [("Buffer of Node", ","), ("Vec of Rust", ", "), ("[]byte of Go", " ")] {
        add(name, decimal.join(between).into_bytes());
    }
    add("\\x", value.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>().into_bytes());
    add("octal", value.bytes().map(|byte| format!("\\{byte:03o}")).collect::<String>().into_bytes());
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let encoded: Vec<u8> = value.encode_utf16().flat_map(order).collect();
        // A line would end there.
        if !encoded.contains(&b'\n') {
            add("UTF-16", encoded.clone());
        }
        if value.len() >= 8 {
            add("base64 of UTF-16", base64(&encoded).into_bytes());
        }
    }
}

fn json(value: &str, escape: impl Fn(char) -> bool, upper: bool) -> String {
    let mut out = String::new();
    for character in value.chars() {
        let mut units = [0; 2];
        match character {
            c if escape(c) => character.encode_utf16(&mut units).iter().for_each(|unit| {
                out.push_str(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
            }),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out
}

fn percent(value: &str, keep: &str, upper: bool) -> String {
    let encoded = value.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(&byte) => {
            char::from(byte).to_string()
        }
        byte if upper => format!("%{byte:02X}"),
        byte => format!("%{byte:02x}"),
    });
    encoded.collect()
}

fn html(value: &str, apostrophe: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    value.replace('"', "&quot;").replace('\'', apostrophe)
}

fn escaped_before(value: &str, special: &str, escape: char) -> String {
    let escaped = |c: char| if special.contains(c) { vec![escape, c] } else { vec![c] };
    value.chars().flat_map(escaped).collect()
}

fn shell_quoted(character: char) -> Vec<char> {
    match character {
        c if c.is_alphanumeric() || "_-./:=@%+,".contains(c) || !c.is_ascii() => vec![c],
        c => vec!['\\', c],
    }
}

fn properties(value: &str) -> String {
    let escaped = value.chars().map(|c| match c {
        ' ' | ':' | '=' | '#' | '!' | '\\' => format!("\\{c}"),
        c if c.is_ascii() => c.to_string(),
        c => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect(),
    });
    escaped.collect()
}

fn python_bytes(value: &str) -> String {
    let escaped = value.bytes().map(|byte| match byte {
        b'\\' | b'\'' => format!("\\{}", char::from(byte)),
        0x20..=0x7e => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    });
    escaped.collect()
}

fn bash_quoted(value: &str) -> String {
    let escaped = value.bytes().map(|byte| match byte {
        b'\\' | b'\'' => format!("\\{}", char::from(byte)),
        0x20..=0x7e => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    });
    escaped.collect()
}

/// With padding (RFC 4648, section 4), bit by bit.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let mut out: String = bits
        .chunks(6)
        .map(|six| six.iter().chain(&[0; 6]).take(6).fold(0, |number, bit| number * 2 + usize::from(*bit)))
        .map(|index| char::from(LETTERS[index]))
        .collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}
