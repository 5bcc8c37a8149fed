//! Revocation lists that do not hold now: no reload puts one in force in the place of others.

mod support;

use support::{Files, pki};
use tlsql::{Builder, Code, Context, Reload, Role};

const ALL_OR_NOTHING: Reload = Reload { options: false, no_rollback: false };
const OPTIONS_TOO: Reload = Reload { options: true, no_rollback: false };
const NO_ROLLBACK: Reload = Reload { options: false, no_rollback: true };

#[test]
fn a_list_that_is_past_does_not_replace_one() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let in_eleven_years = now + 11 * 365 * 86400;
    let in_directory = format!("lists/{}.r0", pki::CA_HASH);
    for (option, place, name) in
        [("ssl_crl", "crl.pem", "crl.pem"), ("ssl_crlpath", "lists", &in_directory)]
    {
        let files = Files::new();
        let crl = files.write(name, pki::read("crl.pem"));
        let place = files.path(place);
        let options = [("ssl_ca", "ca.pem"), (option, place.as_str())];
        let at = |seconds: u64| {
            let mut builder = pki::builder(Role::Client, &options).unwrap();
            builder.set_clock(seconds);
            builder
        };
        let client = Context::new(&at(now)).unwrap();
        // The list that is in force is past too, and nothing gets worse.
        client.reload(&at(in_eleven_years), ALL_OR_NOTHING).unwrap();
        files.write(name, pki::read("crl-revoked.pem"));
        let error = client.reload(&at(in_eleven_years), ALL_OR_NOTHING).unwrap_err();
        let details = error.details().unwrap();
        let place = (details.option.as_deref(), details.path.as_deref());
        assert_eq!((error.code, place), (Code::Crl, (Some(option), Some(&*crl))), "{error}");
        assert!(error.message().contains("the list was to be replaced by 20"), "{error}");
        client.reload(&at(now), ALL_OR_NOTHING).unwrap();
    }
}

#[test]
fn a_list_whose_time_has_not_come_does_not_replace_one() {
    let server = |list: &str| {
        let own = [("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem")];
        let mut builder = pki::builder(Role::Server, &own).unwrap();
        builder.add_ca(&pki::read("ca.pem")).unwrap();
        builder.add_crl(&pki::read(list)).unwrap();
        builder
    };
    let context = Context::new(&server("crl.pem")).unwrap();
    let tomorrow = server("crl-tomorrow.pem");
    for how in [ALL_OR_NOTHING, OPTIONS_TOO, NO_ROLLBACK] {
        let error = context.reload(&tomorrow, how).unwrap_err();
        let details = error.details().unwrap();
        let place = (details.option.as_deref(), details.path.as_deref());
        assert_eq!((error.code, place), (Code::Crl, (Some("ssl_crl"), None)), "{error}");
        let text = error.message();
        assert!(
            text.contains("the list holds from 20") && text.contains("set the clock"),
            "{text}"
        );
        assert!(context.has_tls() && !error.is_warning(), "a restart would have TLS too");
    }
    // Beside one that holds it may be there already.
    let mut both = server("crl.pem");
    both.add_crl(&pki::read("crl-tomorrow.pem")).unwrap();
    context.reload(&both, ALL_OR_NOTHING).unwrap();
    // And is refused without that one, although it was there before.
    assert_eq!(context.reload(&tomorrow, ALL_OR_NOTHING).unwrap_err().code, Code::Crl);
    // A context that is made with it has a note.
    Context::new(&tomorrow).unwrap();
    let notes = |builder: &Builder| {
        let notes = builder.notes().iter().filter(|note| note.option == "ssl_crl");
        notes.map(|note| note.text.clone()).collect::<Vec<_>>()
    };
    let [note] = &notes(&tomorrow)[..] else { panic!("{:?}", notes(&tomorrow)) };
    assert!(note.contains("holds from 20") && note.contains("certificate of this CA"), "{note}");
    assert!(notes(&both).is_empty() && notes(&server("crl.pem")).is_empty());
}

/// Without TLS nothing gets worse by it.
#[test]
fn a_server_without_tls_gets_it_whatever_its_lists_are() {
    let files = Files::new();
    let server = |list: &str| {
        let mut builder = Builder::new(Role::Server);
        let cert = files.path("cert.pem");
        let key = pki::path("server-key.pem");
        let (ca, list) = (pki::path("ca.pem"), pki::path(list));
        for (name, value) in
            [("ssl_cert", cert), ("ssl_key", key), ("ssl_ca", ca), ("ssl_crl", list)]
        {
            builder.set(name, &value).unwrap();
        }
        builder.set("tlsql_on_config_error", "disable").unwrap();
        builder.load_files().unwrap();
        builder
    };
    let context = Context::new(&server("crl-tomorrow.pem")).unwrap();
    assert!(!context.has_tls(), "there is no certificate yet");
    files.write("cert.pem", pki::read("server-cert.pem"));
    context.reload(&server("crl-tomorrow.pem"), ALL_OR_NOTHING).unwrap();
    assert!(context.has_tls());
    context.reload(&server("crl.pem"), OPTIONS_TOO).unwrap();
    let error = context.reload(&server("crl-tomorrow.pem"), OPTIONS_TOO).unwrap_err();
    assert_eq!(error.code, Code::Crl, "{error}");
}

/// With a fingerprint no list counts, whatever its dates are.
#[test]
fn a_list_beside_a_fingerprint_may_be_out_of_time() {
    let fingerprint = ["AB"; 32].join(":");
    let client = |list: &str| {
        let mut builder = Builder::new(Role::Client);
        builder.set("ssl_fp", &fingerprint).unwrap();
        builder.add_ca(&pki::read("ca.pem")).unwrap();
        builder.add_crl(&pki::read(list)).unwrap();
        builder
    };
    let context = Context::new(&client("crl.pem")).unwrap();
    let tomorrow = client("crl-tomorrow.pem");
    context.reload(&tomorrow, ALL_OR_NOTHING).unwrap();
    assert!(!tomorrow.notes().iter().any(|note| note.text.contains("holds from")));
}

#[test]
fn notes_on_lists_out_of_time_are_20_and_one_with_the_number_of_others() {
    let tomorrow = pki::der(&pki::read("crl-tomorrow.pem"));
    let name = pki::CA_NAME.as_bytes();
    let at = tomorrow.windows(name.len()).position(|found| found == name).unwrap();
    let mut builder = Builder::new(Role::Client);
    builder.add_ca(&pki::read("ca.pem")).unwrap();
    for letter in b'a'..=b'v' {
        let mut of_other_ca = tomorrow.clone();
        of_other_ca[at] = letter;
        builder.add_crl(&of_other_ca).unwrap();
    }
    let notes: Vec<_> = builder.notes().iter().filter(|note| note.option == "ssl_crl").collect();
    let (last, others) = notes.split_last().unwrap();
    assert_eq!(others.len(), 20);
    assert!(others.iter().all(|note| note.text.contains("holds from 20")));
    assert_eq!(last.text, "ssl_crl: 2 more lists do not hold now");
}
