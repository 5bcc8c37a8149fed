//! Seeds of the targets that know accounts.

use super::seeds::sized;
use super::targets::account_clause::WORDS;

/// Returns clauses: made of values, of words, and as text.
pub fn clauses() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let values = [&b"AES128-SHA"[..], b"/CN=it's \"it\"", br"/O=a\/b/CN=zo\xC3\xAB"];
    for (order, style) in
        [(0, 0), (1, 0xff), (2, 0x55), (4, 0xaa), (5, 0x0f), (8, 0xf0), (0x10, 1), (0x38, 0)]
    {
        // The values stand in the order of the names.
        let mut names = [0, 1, 2];
        names.rotate_left(usize::from(order % 3u8));
        if order & 4 != 0 {
            names.swap(0, 1);
        }
        let kept = names.iter().enumerate().filter(|(i, _)| order >> (3 + i) & 1 == 0);
        let values: Vec<_> = kept.flat_map(|(_, name)| sized(values[*name])).collect();
        all.push([&[0, order, style][..], &values].concat());
    }
    all.push([&[0, 0, 0][..], &sized(b"c"), &sized(b"/CN=a\n"), &sized(b"x")].concat());
    for start in 0..6u8 {
        let words =
            (0..10).map(|i| if i == 0 { 0 } else { (start * 5 + i * 7) % WORDS.len() as u8 });
        all.push([1, 10].into_iter().chain(words).collect());
    }
    for text in [
        "REQUIRE SSL",
        "require x509",
        "REQUIRE NONE",
        "REQUIRE SUBJECT '/C=SE/O=MySQL AB/CN=client' AND ISSUER '/C=SE/CN=CA'",
        "REQUIRE SUBJECT '/CN=cl\\/ient'",
        "REQUIRE CIPHER 'x",
        "REQUIRE CIPHER \"x\\",
        "REQUIRE SSL AND X509",
        "GRANT ALL",
    ] {
        all.push([&[2], text.as_bytes()].concat());
    }
    all
}

/// Returns names: in DER, and made of attributes.
pub fn names() -> Vec<Vec<u8>> {
    let mut all = vec![
        b"\0\x30\0".to_vec(),
        b"\0\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x".to_vec(),
        // A BIT STRING, a SEQUENCE and a BMPString.
        b"\0\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x2d\x03\x03\x04ab".to_vec(),
        b"\0\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x30\x04\x0c\x02ab".to_vec(),
        b"\0\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x1e\x04\0A\0B".to_vec(),
    ];
    let attribute = |what: u8, value: &[u8]| [&[what][..], &sized(value)].concat();
    for attributes in [
        &[(0, &b"SE"[..]), (1, b"MySQL AB"), (3, b"client")][..],
        &[(3, b"cl/ient")],
        &[(1, b"x/CN=admin")],
        &[(3, b"a+b")],
        &[(2, b"a"), (0x43, b"multi")],
        &[(3, br"a\"), (1, b"b")],
        &[(3, br"zo\xC3\xAB")],
        &[(3, "zoë".as_bytes())],
        &[(3, br"DOMAIN\user")],
        &[(4, b"unknown"), (5, b"slash")],
        &[(3, b"a=b,c")],
        &[(3, b"")],
    ] {
        let attributes = attributes.iter().flat_map(|(what, value)| attribute(*what, value));
        all.push([1].into_iter().chain(attributes).collect());
    }
    for start in 0..8u8 {
        let parts = (0..7).map(|i| start.wrapping_mul(11) + i * 5);
        all.push([1, 0x83, 7].into_iter().chain(parts).chain([0x81, 2, 0, 2]).collect());
    }
    all
}
