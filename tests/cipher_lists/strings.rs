//! The cipher lists that are compared: written ones, and combinations of OpenSSL's keywords.

use std::collections::BTreeSet;

/// Lists as users, manuals and configuration generators write them, and malformed ones of all
/// kinds.
const WRITTEN: &[&str] = &[
    "ALL",
    "DEFAULT",
    "HIGH",
    "MEDIUM",
    "LOW",
    "FIPS",
    "HIGH:MEDIUM",
    "HIGH+FIPS",
    "ALL:!FIPS+HIGH",
    "ALL:!FIPS+HIGH!AES128",
    "ALL:!FIPS+AES128+aRSA",
    "DHE:FIPS+ECDHE+HIGH:CHACHA20",
    "HIGH:!aNULL",
    "HIGH:!aNULL:!MD5",
    "HIGH:!aNULL:!eNULL:!EXPORT:!DES:!MD5:!PSK:!RC4",
    "HIGH:!aNULL:!kRSA:!PSK:!SRP:!MD5:!RC4",
    "HIGH:!DSS:!RCAMELLIA-128-SHA:!DES-CBC-SHA",
    "HIGH:MEDIUM:!aNULL:!eNULL:@STRENGTH",
    "HIGH:!SSLv3:!TLSv1:!SHA1",
    "HIGH:+kEDH:!aNULL:!RC4",
    "ALL:!ADH:!LOW:!EXP:!MD5:@STRENGTH",
    "ALL:!aNULL:!ADH:!eNULL:!LOW:!EXP:RC4+RSA:+HIGH:+MEDIUM",
    "ALL:!COMPLEMENTOFDEFAULT:!eNULL",
    "ALL:COMPLEMENTOFALL",
    "ALL:+HIGH",
    "COMPLEMENTOFDEFAULT",
    "COMPLEMENTOFALL",
    "DEFAULT:!DHE",
    "DEFAULT:!kEDH",
    "DEFAULT:!AES128",
    "DEFAULT:!CHACHA20:@STRENGTH",
    "DEFAULT:@SECLEVEL=1",
    "DEFAULT@SECLEVEL=0",
    "DEFAULT@SECLEVEL=1",
    "DEFAULT:@SECLEVEL=2",
    "DEFAULT:!EXP:!LOW:!MEDIUM",
    "DEFAULT,!AES256",
    "DEFAULT !AES256",
    "DEFAULT;!AES256",
    "DEFAULTS",
    "DEFAULTAES128",
    "DEFAULT+AES128",
    "DEFAULT-AES128",
    "DEFAULT!AES128",
    "AES128:DEFAULT",
    "!AES128:DEFAULT",
    ":DEFAULT",
    "ECDHE",
    "EECDH",
    "kECDHE",
    "kEECDH",
    "ECDH",
    "DHE",
    "EDH",
    "kDHE",
    "kEDH",
    "DH",
    "RSA",
    "kRSA",
    "aRSA",
    "ECDSA",
    "aECDSA",
    "AES",
    "AES128",
    "AES256",
    "AESGCM",
    "AESCCM",
    "CHACHA20",
    "CBC",
    "SHA",
    "SHA256",
    "SHA384",
    "MD5",
    "AEAD",
    "TLSv1",
    "TLSv1.0",
    "TLSv1.1",
    "TLSv1.2",
    "TLSv1.3",
    "SSLv3",
    "EECDH+AESGCM:EDH+AESGCM",
    "EECDH+AESGCM:EDH+AESGCM:AES256+EECDH:AES256+EDH",
    "EECDH+ECDSA+AESGCM:EECDH+aRSA+AESGCM:EECDH+ECDSA+SHA384:EECDH+ECDSA+SHA256:EECDH+aRSA+SHA384:\
     EECDH+aRSA+SHA256:EECDH:EDH+aRSA:!aNULL:!eNULL:!LOW:!3DES:!MD5:!EXP:!PSK:!SRP:!DSS:!RC4",
    "ECDHE+AESGCM",
    "ECDHE+AESGCM:DHE+AESGCM:ECDHE+CHACHA20:DHE+CHACHA20",
    "ECDHE+AESGCM:ECDHE+CHACHA20:!AES128",
    "ECDH+AESGCM:DH+AESGCM:ECDH+AES256:DH+AES256:ECDH+AES128:DH+AES:RSA+AESGCM:RSA+AES:!aNULL:!MD5",
    "kEECDH+aRSA+AES128:kEECDH+aECDSA+AES128",
    "kEECDH:kEDH:!aNULL:!SSLv2",
    "TLSv1.2+HIGH",
    "TLSv1.2:!aNULL:!eNULL",
    "TLSv1.2+FIPS:kRSA+FIPS:!eNULL:!aNULL",
    "TLSv1.2+TLSv1",
    "!TLSv1.2:ALL",
    "ALL:-TLSv1.2",
    "AESGCM:-AESGCM:ALL",
    "AES128-SHA",
    "AES256-SHA",
    "AES128-SHA:AES256-SHA",
    "DHE-RSA-AES256-SHA",
    "DHE-RSA-AES256-SHA:AES128-SHA",
    "DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA:AES256-SHA:AES128-SHA:DES-CBC3-SHA",
    "DHE-RSA-AES128-GCM-SHA256:AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256",
    "DES-CBC3-SHA:RC4-SHA:ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256,ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384",
    " ECDHE-RSA-AES128-GCM-SHA256 : ECDHE-RSA-AES256-GCM-SHA384 ",
    "ECDHE-RSA-AES128-GCM-SHA256::ECDHE-RSA-AES256-GCM-SHA384:",
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
    // MySQL 8's list, and its prefix of excluded ciphers.
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:\
     ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:\
     ECDHE-ECDSA-AES256-CCM:ECDHE-ECDSA-AES128-CCM:DHE-RSA-AES128-GCM-SHA256:\
     DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-CCM:DHE-RSA-AES128-CCM:DHE-RSA-CHACHA20-POLY1305",
    "!aNULL:!eNULL:!EXPORT:!LOW:!MD5:!DES:!RC2:!RC4:!PSK:ECDHE-RSA-AES128-GCM-SHA256",
    "!aNULL:!eNULL:!EXPORT:!LOW:!MD5:!DES:!RC2:!RC4:!PSK:!DHE-DSS-DES-CBC3-SHA:\
     !DHE-RSA-DES-CBC3-SHA:!ECDH-RSA-DES-CBC3-SHA:!ECDHE-ECDSA-DES-CBC3-SHA:HIGH",
    "!aNULL:!eNULL:!EXPORT:!LOW:!MD5:!DES:!RC2:!RC4:!PSK:DEFAULT",
    // Generators of server configurations.
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
     ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:\
     DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-SHA:!DSS",
    "ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384:AES256-GCM-SHA384:!RC4",
    "AES256+EECDH:AES256+EDH:!aNULL",
    "AESGCM+AES128:AESGCM",
    "AES256:AES128",
    "AES128:AES256",
    "AES128:AES256@STRENGTH",
    "AES128 AES256 @STRENGTH",
    "CHACHA20:AESGCM",
    "CHACHA20:AESGCM:+aRSA",
    "PROFILE=SYSTEM",
    "PROFILE=SYSTEM:ECDHE",
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384",
    "TLS13-AES-128-GCM-SHA256:ECDHE+AESGCM",
    "FOO",
    "FOO:BAR",
    "FOO:ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256:FOO",
    "FOO+AES128",
    "AES128+FOO",
    "AES128+FOO:CHACHA20",
    "!FOO:AES128",
    "!FOO",
    "ecdhe-rsa-aes128-gcm-sha256",
    "high",
    "Ecdhe",
    "",
    " ",
    ":",
    "::::",
    ",",
    "*",
    "AES128:*",
    "AES128*",
    "FOO*:AES128",
    "FOO*",
    "AES128\tAES256",
    "AES128\nAES256",
    "'HIGH'",
    "\"HIGH\"",
    "HIGH:!",
    "HIGH:-",
    "HIGH:+",
    "HIGH:@",
    "HIGH:!:AES128",
    "HIGH:- AES128",
    "HIGH+",
    "HIGH+:AES128",
    "HIGH++AES128",
    "+HIGH",
    "-HIGH",
    "!HIGH",
    "--HIGH:AES128",
    "HIGH:--AES128",
    "HIGH:!!AES128",
    "HIGH:+-AES128",
    "HIGH:-!AES128",
    "HIGH:!+AES128",
    "HIGH:-AES128-AES256",
    "HIGH!AES128",
    "HIGH!AES128!CHACHA20",
    "HIGH!AES128+ECDSA",
    "HIGH@STRENGTH",
    "HIGH@STRENGTH@STRENGTH",
    "HIGH:@STRENGTH+AES128:-AES256",
    "HIGH:@STRENGTH AES128",
    "@STRENGTH",
    "@STRENGTH:HIGH",
    "HIGH:@STRENGTHS",
    "HIGH:@strength",
    "HIGH:@SECLEVEL=0",
    "HIGH:@SECLEVEL=1",
    "HIGH:@SECLEVEL=2",
    "@SECLEVEL=1:HIGH",
    "@SECLEVEL=1",
    "HIGH:@SECLEVEL=",
    "HIGH:@SECLEVEL=6",
    "HIGH:@SECLEVEL=9",
    "HIGH:@SECLEVEL=10",
    "HIGH:@SECLEVEL=x",
    "HIGH:@SECLEVEL=2+x",
    "HIGH:@SECLEVEL",
    "SECLEVEL=1:HIGH",
    "ALL:!ALL",
    "ALL:-ALL",
    "ALL:-ALL:ALL",
    "ALL:!ECDHE:!DHE:!kRSA",
    "ECDHE:-ECDHE+AES256:DHE:ECDHE",
    "ECDHE:-AES128:-CHACHA20:ALL",
    "ALL:-AES128:-aRSA:ALL",
    "ALL:-ECDHE-RSA-AES128-GCM-SHA256:+AES256:ALL:+CHACHA20",
    "ECDHE-RSA-AES128-GCM-SHA256+AES128",
    "ECDHE-RSA-AES128-GCM-SHA256+AES256",
    "ECDHE-RSA-AES128-GCM-SHA256+TLSv1.2",
    "ECDHE-RSA-AES128-GCM-SHA256+SSLv3",
    "AES128+ECDHE-RSA-AES128-GCM-SHA256",
    "ALL:!ECDHE-RSA-AES128-GCM-SHA256+aECDSA",
    "ALL:+ECDHE-ECDSA-AES256-GCM-SHA384",
    "ALL:!ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384",
    "RSA+ECDHE",
    "RSA+AESGCM",
    "RSA:ECDHE",
    "aRSA+aECDSA",
    "ECDHE+DHE",
    "SHA256+ECDHE",
    "SHA384:ECDHE+AES256",
];

/// Returns the written lists, and combinations of keywords with every operator; none twice.
pub fn all() -> Vec<String> {
    let mut lists: Vec<String> = WRITTEN.iter().map(|list| (*list).to_owned()).collect();
    // Each keyword by itself, and with each operator on all suites.
    for word in WORDS {
        for rule in RULES {
            lists.push(format!("ALL:{rule}{word}"));
        }
        lists.push(format!("AES128:{word}:@STRENGTH"));
    }
    // Programs of two to seven entries.
    let mut random = Random(0x6369_7068);
    for _ in 0..GENERATED {
        let entries = (0..2 + random.below(6)).map(|_| entry(&mut random)).collect::<Vec<_>>();
        let start = *random.of(&["", "", "", "ALL:", "DEFAULT:", "ECDHE:", "HIGH:"]);
        let separator = *random.of(&[":", ":", ":", ",", " ", ";"]);
        lists.push(format!("{start}{}", entries.join(separator)));
    }
    let mut seen = BTreeSet::new();
    lists.retain(|list| seen.insert(list.clone()));
    lists
}

fn entry(random: &mut Random) -> String {
    let words = (0..1 + random.below(3)).map(|_| *random.of(WORDS)).collect::<Vec<_>>();
    match random.below(12) {
        0 => "@STRENGTH".to_owned(),
        1 => (*random.of(SUITES)).to_owned(),
        2 => format!("{}{}", random.of(RULES), random.of(SUITES)),
        _ => format!("{}{}", random.of(RULES), words.join("+")),
    }
}

const GENERATED: usize = 500;

const RULES: &[&str] = &["", "!", "-", "+"];

const WORDS: &[&str] = &[
    "ALL", "HIGH", "TLSv1.2", "ECDHE", "EECDH", "kECDHE", "kEECDH", "ECDH", "DHE", "EDH", "kDHE",
    "kEDH", "DH", "aRSA", "aECDSA", "ECDSA", "AES", "AES128", "AES256", "AESGCM", "CHACHA20",
    "RSA", "kRSA", "SHA256", "SHA384", "SHA1", "MEDIUM", "aNULL", "eNULL", "CAMELLIA", "AESCCM",
    "PSK", "FOO",
];

const SUITES: &[&str] = &[
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-CHACHA20-POLY1305",
    "AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "DHE-RSA-AES256-SHA256",
];

/// Random numbers, the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }
}
