//! Option files: some as people write them, and random ones.

use super::support::schedule::Random;

/// Random files.
const RANDOM: u64 = 260;

pub fn all() -> Vec<String> {
    let mut all: Vec<_> = FIXED.iter().map(|content| (*content).to_owned()).collect();
    all.extend((0..RANDOM).map(random));
    all
}

/// `@` stands for the directory of the files.
const FIXED: &[&str] = &[
    "",
    "\n\n# only a comment",
    "[mysqld]\n",
    "[mysqld]\nssl-ca=ca.pem\nssl-cert=server-cert.pem\nssl-key=server-key.pem\n",
    "[client]\nssl-ca=ca.pem\n[mysqld]\nrequire_secure_transport=ON\n",
    "[mysqld]\r\nssl-ca = \"C:/new certs/ca.pem\"\r\nskip-ssl\r\n",
    "[mysqld]\nssl-ca=C:\\\\certs\\\\new.pem\nx=C:\\certs\\new.pem\n",
    "[mysqld]\na=1 # one\nb='1 # one'\nc=\"1\" # \"one\"\nd=1;one\n;e=1\n#f=1\n",
    "[mysqld]\na=\\n\\t\\r\\b\\s\\\\\\\"\\'\\x\\\n",
    "[mysqld]\na=''\nb=\"\"\nc='\nd=\"\ne='x\"\nf=\nh= \n",
    "[mysqld]\na=o'brien # still the value\nb=o'brien's # comment\n",
    "[mysqld]\na=\"x\\\"y\" # c\nb='x\\'y' # c\nc=x\\\"y # value\n",
    "[mysqld]\na==1\nb= =1\nc=1=2\n=1\n",
    "[mysqld]\na b c\nd e=f g\n-x\n--y=1\n",
    "[MYSQLD]\na\n[mysqld ]\nb\n[ mysqld]\nc\n[mysqld]]\nd\n[mysqld]e\nf\n[mysql]\ng\n",
    "[]\na\n[mysqld\t]\nb\n  [server]  # c\nc\n",
    "a=1\n[mysqld]\nb\n",
    "[mysqld\na=1\n",
    "!include @one.cnf\n[mysqld]\na\n",
    "[mysqld]\na\n  ! include   @two.cnf  \nb\n",
    "[other]\n!include @one.cnf\na\n[server]\nb\n!includedir @d\nc\n",
    "[mysqld]\n!includedir @d/\n!include @empty.cnf\na\n",
    "[mysqld]\na\n!include @open.cnf\nb\n",
    "[mysqld]\na\n!include\n",
    "[mysqld]\na\n!includedir\n",
    "[mysqld]\na\n!includedir @none\nb\n",
    "[mysqld]\na\u{b}b\u{c}=\u{b}1\u{c}\n\t\u{c}c\n",
    "[mysqld]\na=ä\nb=\u{20ac} # c\nä=1\n",
    "[mysqld]\na=1",
    "[mysqld]\na # 'c\nb # \"c\nc'=1 # d\n",
];

fn random(seed: u64) -> String {
    let mut random = Random::new(seed + 1);
    let end = if random.below(5) == 0 { "\r\n" } else { "\n" };
    let mut content = String::new();
    // Once in a while an option comes before a group.
    if random.below(12) > 0 {
        content.push_str(pick(&mut random, &["[mysqld]", "[server]", "[other]", "[Server ]"]));
        content.push_str(end);
    }
    for _ in 0..random.below(14) {
        content.push_str(&line(&mut random));
        content.push_str(end);
    }
    content
}

fn line(random: &mut Random) -> String {
    match random.below(16) {
        0 => String::new(),
        1 => format!("{}#{}", blanks(random), text(random)),
        2 => format!("{};{}", blanks(random), text(random)),
        3 => {
            let name = pick(random, &["mysqld", "server", "other", "MySQLd", "mysql", ""]);
            format!("{}[{name}{}]{}", blanks(random), blanks(random), text(random))
        }
        4 => {
            let path = pick(random, &["one", "two", "empty", "open"]);
            format!("{}!include {}@{path}.cnf{}", blanks(random), blanks(random), blanks(random))
        }
        5 => format!("!{}includedir @d{}", blanks(random), blanks(random)),
        6 => format!("{}{}", blanks(random), name(random)),
        7 => format!("{}{} #{}", blanks(random), name(random), text(random)),
        _ => {
            let (name, value) = (name(random), text(random));
            let [a, b, c, d] = [(); 4].map(|()| blanks(random));
            format!("{a}{name}{b}={c}{value}{d}")
        }
    }
}

fn name(random: &mut Random) -> String {
    pick(random, &["ssl-ca", "ssl_ca", "skip-ssl", "port", "a b", "a\\n", "\"q\"", "o'x", "--z"])
        .to_owned()
}

/// Parts of values, the odd ones too.
fn text(random: &mut Random) -> String {
    const PARTS: &[&str] = &[
        "a",
        "b c",
        "/etc/ca.pem",
        "1",
        " ",
        "\t",
        "#",
        ";",
        "\"",
        "'",
        "\\",
        "\\\\",
        "\\n",
        "\\s",
        "\\t",
        "\\r",
        "\\b",
        "\\\"",
        "\\'",
        "\\q",
        "=",
        "[",
        "]",
        "!",
        "ä",
        "\u{20ac}",
        "\"x\"",
        "'y'",
        "\"x # y\"",
    ];
    let quote = pick(random, &["", "", "\"", "'"]);
    let inner: String = (0..random.below(7)).map(|_| pick(random, PARTS)).collect();
    format!("{quote}{inner}{quote}")
}

fn blanks(random: &mut Random) -> &'static str {
    pick(random, &["", "", "", " ", "\t", "  ", " \t"])
}

fn pick(random: &mut Random, from: &[&'static str]) -> &'static str {
    from[random.below(from.len())]
}
