//! Mutations of a valid chain's certificates.

use crate::der::{self, INTEGER, value};
use crate::extensions as ext;
use crate::keys::{Algorithm, EC, Keys, RSA, UNKNOWN};
use crate::model::{
    Attribute, COMMON_NAME, Case, Certificate, EMAIL, LEAF, Name, Spoiled, UNIT, attribute,
};
use crate::random::Random;
use crate::{base, date, mutations_of_lists, mutations_of_sets};

pub type Mutation = fn(&mut Case, &mut Random, &Keys);

/// All mutations, with equal probability; those that are common in practice are listed repeatedly.
pub const ALL: &[(&str, Mutation)] = &[
    ("version", version),
    ("unique ids", unique_ids),
    ("serial", serial),
    ("issuer spelled differently", spell_issuer),
    ("subject spelled differently", spell_subject),
    ("subject of another", reuse_subject),
    ("multi-valued RDN", multi_valued),
    ("empty name", empty_name),
    ("odd subject", odd_subject),
    ("dates", dates),
    ("dates", dates),
    ("extension removed", remove_extension),
    ("extension removed", remove_extension),
    ("extension twice", repeat_extension),
    ("extension critical or not", flip_critical),
    ("extension spoiled", spoil_extension),
    ("unknown extension", unknown_extension),
    ("no extensions", no_extensions),
    ("basicConstraints", basic_constraints),
    ("basicConstraints", basic_constraints),
    ("keyUsage", key_usage),
    ("keyUsage", key_usage),
    ("extendedKeyUsage", purposes),
    ("extendedKeyUsage", purposes),
    ("nsCertType", netscape_type),
    ("subjectKeyIdentifier", subject_key),
    ("authorityKeyIdentifier", authority_key),
    ("authorityKeyIdentifier", authority_key),
    ("subjectAltName", alternative_names),
    ("subjectAltName", alternative_names),
    ("nameConstraints", name_constraints),
    ("nameConstraints", name_constraints),
    ("names and constraints", names_and_constraints),
    ("CRL distribution points", crl_points),
    ("rare extension", rare_extension),
    ("key", key),
    ("foreign key", foreign_key),
    ("signature", signature),
    ("algorithm", algorithm),
    ("signer", signer),
    ("order", mutations_of_sets::order),
    ("certificate missing", mutations_of_sets::missing),
    ("certificate twice", mutations_of_sets::twice),
    ("unrelated certificate", mutations_of_sets::unrelated),
    ("anchor sent", mutations_of_sets::anchor_sent),
    ("other anchors", mutations_of_sets::anchors),
    ("other anchors", mutations_of_sets::anchors),
    ("self-signed leaf", mutations_of_sets::self_signed_leaf),
    ("cross-signed CA", mutations_of_sets::cross_signed),
    ("cross-signed CA", mutations_of_sets::cross_signed),
    ("second CA of a subject", mutations_of_sets::second_of_subject),
    ("second CA of a subject", mutations_of_sets::second_of_subject),
    ("self-issued CA", mutations_of_sets::self_issued),
    ("question", mutations_of_sets::question),
    ("question", mutations_of_sets::question),
    ("revoked", mutations_of_lists::revoked),
    ("list missing", mutations_of_lists::missing),
    ("list dates", mutations_of_lists::dates),
    ("second list", mutations_of_lists::second),
    ("list scope", mutations_of_lists::scope),
    ("list extension", mutations_of_lists::extension_added),
    ("list entry", mutations_of_lists::entry),
    ("list form", mutations_of_lists::form),
    ("list signature", mutations_of_lists::signature),
];

/// Picks a certificate, the leaf a little more often.
fn any(case: &Case, random: &mut Random) -> usize {
    if random.chance(25) { LEAF } else { random.below(case.pool.len()) }
}

fn target<'a>(case: &'a mut Case, random: &mut Random) -> &'a mut Certificate {
    let i = any(case, random);
    &mut case.pool[i]
}

/// Gives certificate `i` another subject, and the certificates that it issued that issuer.
pub fn set_subject(case: &mut Case, i: usize, new: &Name) {
    let (old, key) = (case.pool[i].subject.clone(), case.pool[i].key);
    for certificate in &mut case.pool {
        if certificate.issuer == old && certificate.signer == key {
            certificate.issuer = new.clone();
        }
    }
    for list in case.lists.iter_mut().flatten() {
        if list.issuer == old && list.signer == key {
            list.issuer = new.clone();
        }
    }
    case.pool[i].subject = new.clone();
}

/// Gives certificate `i` another key, and signs with it what certificate `i` signed.
pub fn set_key(case: &mut Case, i: usize, key: usize, keys: &Keys) {
    let (subject, old) = (case.pool[i].subject.clone(), case.pool[i].key);
    let usual = keys.all[key].algorithms()[0];
    for certificate in &mut case.pool {
        if certificate.issuer == subject && certificate.signer == old {
            certificate.signer = key;
            (certificate.inner, certificate.outer) = (usual, usual);
        }
    }
    for list in case.lists.iter_mut().flatten() {
        if list.issuer == subject && list.signer == old {
            list.signer = key;
            (list.inner, list.outer) = (usual, usual);
        }
    }
    case.pool[i].key = key;
}

fn version(case: &mut Case, random: &mut Random, _: &Keys) {
    let certificate = target(case, random);
    let all = [0, 1, 1, 3, 2, 4, -1, 127, 300];
    certificate.version = match random.below(12) {
        0..5 => Vec::new(),
        5 => value(INTEGER, &[0, 2]),
        6 => value(INTEGER, &[]),
        _ => der::integer(random.pick(&all)),
    };
    if random.chance(50) {
        certificate.extensions = None;
    }
}

fn unique_ids(case: &mut Case, random: &mut Random, _: &Keys) {
    let certificate = target(case, random);
    certificate.issuer_id = random.chance(60).then(|| vec![1, 2, 3]);
    certificate.subject_id = random.chance(60).then(Vec::new);
    if random.chance(30) {
        certificate.version = der::integer(1);
        certificate.extensions = None;
    }
}

fn serial(case: &mut Case, random: &mut Random, _: &Keys) {
    let other = any(case, random);
    let other = case.pool[other].serial.clone();
    let all = [vec![0], vec![0xff], vec![0x80, 0], vec![7; 21], vec![1; 128], other];
    let broken = [vec![], vec![0, 1], vec![0xff, 0x80], vec![0, 0]];
    let serial = if random.chance(20) { random.pick(&broken) } else { random.pick(&all) };
    target(case, random).serial = serial.clone();
}

/// Changes a name in case and spaces, or in little more.
fn respell(name: &mut Name, random: &mut Random) {
    let attributes = name.0.iter_mut().flatten().collect::<Vec<_>>();
    let count = attributes.len();
    let chosen = random.below(count);
    let Some(attribute) = attributes.into_iter().nth(chosen) else { return };
    let text = String::from_utf8_lossy(&attribute.text).into_owned();
    match random.below(9) {
        0 => attribute.text.make_ascii_uppercase(),
        1 => attribute.text = format!("  {text} ").into_bytes(),
        2 => attribute.text = text.replace(' ', " \t ").into_bytes(),
        3 => attribute.tag = der::PRINTABLE_STRING,
        4 => attribute.tag = der::T61_STRING,
        5 => attribute.tag = der::IA5_STRING,
        6 => {
            attribute.tag = der::BMP_STRING;
            attribute.text = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        }
        7 => attribute.text = format!("{text}\u{e5}").into_bytes(),
        _ => attribute.text.push(b'x'),
    }
}

fn spell_issuer(case: &mut Case, random: &mut Random, _: &Keys) {
    let i = any(case, random);
    respell(&mut case.pool[i].issuer, random);
}

fn spell_subject(case: &mut Case, random: &mut Random, _: &Keys) {
    let i = any(case, random);
    let mut new = case.pool[i].subject.clone();
    respell(&mut new, random);
    if random.chance(50) {
        set_subject(case, i, &new);
    } else {
        case.pool[i].subject = new;
    }
}

fn reuse_subject(case: &mut Case, random: &mut Random, _: &Keys) {
    let (to, from) = (any(case, random), any(case, random));
    let new = case.pool[from].subject.clone();
    if random.chance(70) {
        set_subject(case, to, &new);
    } else {
        case.pool[to].subject = new;
    }
}

fn multi_valued(case: &mut Case, random: &mut Random, _: &Keys) {
    let i = any(case, random);
    let mut new = case.pool[i].subject.clone();
    let Some(last) = new.0.last_mut() else { return };
    last.push(attribute(UNIT, der::UTF8_STRING, "Databases"));
    set_subject(case, i, &new);
    // An order that DER forbids, in one of the two names.
    if random.chance(50) {
        if let Some(last) = case.pool[i].subject.0.last_mut() {
            last.reverse();
        }
    }
}

fn empty_name(case: &mut Case, random: &mut Random, _: &Keys) {
    let i = any(case, random);
    match random.below(3) {
        0 => case.pool[i].issuer = Name::default(),
        1 => case.pool[i].subject = Name::default(),
        _ => set_subject(case, i, &Name::default()),
    }
}

fn odd_subject(case: &mut Case, random: &mut Random, _: &Keys) {
    let i = any(case, random);
    let mut new = case.pool[i].subject.clone();
    let bytes: [(u8, &[u8]); 9] = [
        (der::UTF8_STRING, b"\xff\xfe"),
        (der::VISIBLE_STRING, b"visible"),
        (der::BMP_STRING, b"odd"),
        (der::BMP_STRING, b"\0d\0b"),
        (der::UTF8_STRING, b""),
        (der::UTF8_STRING, b"db1.example.com\0"),
        (der::BIT_STRING, b"\0abc"),
        (der::PRINTABLE_STRING, b"a@b*c"),
        (der::IA5_STRING, b"\xe5"),
    ];
    let (tag, text) = random.pick(&bytes);
    let kind = random.pick(&[COMMON_NAME, UNIT]);
    let odd = Attribute { kind, tag, text: text.to_vec() };
    let email = attribute(EMAIL, der::IA5_STRING, random.pick(&["a@example.com", "a@b@c", "x"]));
    let name =
        attribute(COMMON_NAME, der::UTF8_STRING, random.pick(&[base::HOST, "a.test", "ä.b"]));
    new.0.push(vec![random.pick(&[odd, email, name])]);
    set_subject(case, i, &new);
}

fn dates(case: &mut Case, random: &mut Random, _: &Keys) {
    let now = case.now;
    let date = date::any(random, now);
    let after = random.chance(50);
    let certificate = target(case, random);
    *if after { &mut certificate.not_after } else { &mut certificate.not_before } = date;
}

fn remove_extension(case: &mut Case, random: &mut Random, _: &Keys) {
    let Some(extensions) = &mut target(case, random).extensions else { return };
    if !extensions.is_empty() {
        extensions.remove(random.below(extensions.len()));
    }
}

fn repeat_extension(case: &mut Case, random: &mut Random, _: &Keys) {
    let Some(extensions) = &mut target(case, random).extensions else { return };
    if !extensions.is_empty() {
        let again = random.pick(extensions);
        extensions.push(again);
    }
}

fn flip_critical(case: &mut Case, random: &mut Random, _: &Keys) {
    let Some(extensions) = &mut target(case, random).extensions else { return };
    if !extensions.is_empty() {
        let i = random.below(extensions.len());
        extensions[i].critical ^= true;
    }
}

fn spoil_extension(case: &mut Case, random: &mut Random, _: &Keys) {
    let Some(extensions) = &mut target(case, random).extensions else { return };
    if extensions.is_empty() {
        return;
    }
    let i = random.below(extensions.len());
    let body = &mut extensions[i].body;
    match random.below(5) {
        0 => body.clear(),
        1 => drop(body.pop()),
        2 => body.extend([5, 0]),
        3 => *body = vec![5, 0],
        _ => {
            let at = random.below(body.len());
            if let Some(byte) = body.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

fn unknown_extension(case: &mut Case, random: &mut Random, _: &Keys) {
    let (oid, critical) = (random.pick(ext::OTHERS), random.chance(50));
    let body = random.pick(&[vec![0x30, 0], vec![5, 0], vec![2, 1, 0], vec![]]);
    target(case, random).set(oid, critical, body);
}

fn no_extensions(case: &mut Case, random: &mut Random, _: &Keys) {
    target(case, random).extensions = random.chance(20).then(Vec::new);
}

fn basic_constraints(case: &mut Case, random: &mut Random, _: &Keys) {
    let body = ext::any_basic_constraints(random);
    let critical = random.chance(50);
    target(case, random).set(ext::BASIC_CONSTRAINTS, critical, body);
}

fn key_usage(case: &mut Case, random: &mut Random, _: &Keys) {
    let body = ext::any_key_usage(random);
    target(case, random).set(ext::KEY_USAGE, true, body);
}

fn purposes(case: &mut Case, random: &mut Random, _: &Keys) {
    let body = ext::any_purposes(random);
    let critical = random.chance(20);
    target(case, random).set(ext::EXTENDED_KEY_USAGE, critical, body);
}

fn netscape_type(case: &mut Case, random: &mut Random, _: &Keys) {
    let body = der::named_bits(random.below(256) as u16);
    let critical = random.chance(30);
    target(case, random).set(ext::NETSCAPE_TYPE, critical, body);
}

fn subject_key(case: &mut Case, random: &mut Random, keys: &Keys) {
    let i = any(case, random);
    let right = keys.all[case.pool[i].key].identifier().to_vec();
    let body = random.pick(&[right, vec![1; 20], b"wrong".to_vec(), vec![]]).clone();
    let critical = random.chance(15);
    case.pool[i].set(ext::SUBJECT_KEY, critical, value(der::OCTET_STRING, &body));
}

fn authority_key(case: &mut Case, random: &mut Random, keys: &Keys) {
    let i = any(case, random);
    let issuer = case.pool.iter().find(|issuer| issuer.subject == case.pool[i].issuer);
    let issuer = issuer.unwrap_or(&case.pool[i]).clone();
    let id = keys.all[issuer.key].identifier();
    let body = ext::any_authority_key(random, &issuer, id);
    let critical = random.chance(10);
    case.pool[i].set(ext::AUTHORITY_KEY, critical, body);
}

fn alternative_names(case: &mut Case, random: &mut Random, _: &Keys) {
    let body = ext::any_alternative_names(random);
    let i = if random.chance(80) { LEAF } else { any(case, random) };
    let critical = random.chance(20);
    case.pool[i].set(ext::SUBJECT_ALT_NAME, critical, body);
}

fn name_constraints(case: &mut Case, random: &mut Random, _: &Keys) {
    let body = ext::any_name_constraints(random);
    let critical = random.chance(70);
    // Sometimes in the leaf, where they constrain nothing.
    let i = if random.chance(5) { LEAF } else { 1 + random.below(case.pool.len() - 1) };
    case.pool[i].set(ext::NAME_CONSTRAINTS, critical, body);
}

fn names_and_constraints(case: &mut Case, random: &mut Random, keys: &Keys) {
    alternative_names(case, random, keys);
    name_constraints(case, random, keys);
}

fn crl_points(case: &mut Case, random: &mut Random, _: &Keys) {
    let body = ext::any_crl_points(random);
    let critical = random.chance(20);
    target(case, random).set(ext::CRL_POINTS, critical, body);
}

fn rare_extension(case: &mut Case, random: &mut Random, _: &Keys) {
    let (oid, body) = match random.below(5) {
        0 | 1 => (ext::POLICIES, ext::any_policies(random)),
        2 => (ext::PROXY, ext::any_proxy(random)),
        3 => (ext::NO_CHECK, vec![5, 0]),
        _ => (ext::FRESHEST, ext::any_crl_points(random)),
    };
    let critical = random.chance(50);
    target(case, random).set(oid, critical, body);
}

fn key(case: &mut Case, random: &mut Random, keys: &Keys) {
    let i = any(case, random);
    let new = base::pick_key(random, keys);
    if random.chance(80) {
        set_key(case, i, new, keys);
    } else {
        case.pool[i].key = new;
    }
}

/// Replaces a key by one that is too small for a level, or that ring lacks.
fn foreign_key(case: &mut Case, random: &mut Random, keys: &Keys) {
    let names = ["rsa", "p521", "p224", "secp256k1", "explicit", "ed448", "dsa", "rsapss"];
    let name = random.pick(&names);
    let new = random.pick(&keys.named(&[name]));
    let i = any(case, random);
    set_key(case, i, new, keys);
}

fn signature(case: &mut Case, random: &mut Random, _: &Keys) {
    let spoiled = if random.chance(80) { Spoiled::Signature } else { Spoiled::Trailing };
    target(case, random).spoiled = spoiled;
}

/// Picks a signature algorithm, mostly one for this key.
pub fn any_algorithm(random: &mut Random, key: usize, keys: &Keys) -> Algorithm {
    match random.below(10) {
        0 => UNKNOWN,
        1 => random.pick(RSA),
        2 => random.pick(EC),
        _ => random.pick(keys.all[key].algorithms()),
    }
}

fn algorithm(case: &mut Case, random: &mut Random, keys: &Keys) {
    let i = any(case, random);
    if random.chance(50) && case.pool.len() > 1 {
        // A key with several algorithms; such keys are rare otherwise.
        let new = random.pick(&keys.named(&["rsa2048", "p256", "p384"]));
        let issuer = case.pool.iter().position(|issuer| issuer.subject == case.pool[i].issuer);
        if let Some(issuer) = issuer {
            set_key(case, issuer, new, keys);
        }
    }
    let certificate = &mut case.pool[i];
    certificate.outer = any_algorithm(random, certificate.signer, keys);
    if random.chance(85) {
        certificate.inner = certificate.outer;
    }
}

fn signer(case: &mut Case, random: &mut Random, keys: &Keys) {
    let signer = base::pick_key(random, keys);
    let certificate = target(case, random);
    certificate.signer = signer;
    if random.chance(50) {
        certificate.inner = keys.all[signer].algorithms()[0];
        certificate.outer = certificate.inner;
    }
}
