/* Every settings error that C can reach: its code, MySQL's errno, and a message that names the
 * option and the file.  None leaves a context behind. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bytes.h"

static char scratch[] = "/tmp/tlsql-settings-XXXXXX";

/* A file of this content in the scratch directory; the path lives until the next call but five. */
static const char *file_of(const char *name, const void *content, size_t len)
{
  static char paths[6][100];
  static int next;
  char *path = paths[next++ % 6];
  FILE *f;
  snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
  f = fopen(path, "wb");
  if (CHECK(f != NULL)) {
    CHECK_EQ(fwrite(content, 1, len, f), len);
    fclose(f);
  }
  return path;
}

/* With a NUL behind it, which does not count. */
static bytes file_text(const char *name)
{
  bytes b = file_bytes(name);
  bytes_add(&b, (const uint8_t *)"", 1);
  b.len--;
  return b;
}

typedef struct fault {
  uint32_t role;
  const char *options[9];
  tlsql_code code;
  const char *names;                     /* the option that the message must name */
  const char *file;                      /* and the file, or NULL */
} fault;

static void expect(const fault *f)
{
  tlsql_context *ctx = NULL;
  tlsql_error e = fresh_error();
  long before = check_failures;
  CHECK_CODE(context_try(f->role, f->options, &ctx, &e), f->code);
  CHECK(ctx == NULL);
  CHECK_CODE(e.code, f->code);
  CHECK_EQ(e.mysql_errno, 2026);
  CHECK_TEXT(e.sqlstate, "HY000");
  CHECK_EQ(e.severity, TLSQL_SEVERITY_ERROR);
  CHECK_EQ(e.alert_from, TLSQL_ALERT_NONE);
  check_sentence(&e);
  CHECK(e.option[0] != 0);                       /* also one to set, of TLSQL_E_NO_CA */
  CHECK_HOLDS(e.message, e.option);
  CHECK_HOLDS(e.message, f->names);
  if (f->file) CHECK_HOLDS(e.message, f->file);
  CHECK_EQ(e.os_errno != 0, f->code == TLSQL_E_FILE);
  if (before != check_failures)
    fprintf(stderr, "  with %s=%s ...: %s\n", f->options[0], f->options[1], e.message);
  tlsql_context_free(ctx);
}

#define C TLSQL_CLIENT
#define S TLSQL_SERVER

static void names_and_values(void)
{
  static const fault faults[] = {
    { C, { "bogus", "1" }, TLSQL_E_OPTION_NAME, "bogus", NULL },
    { C, { "sslmode", "REQUIRED" }, TLSQL_E_OPTION_NAME, "sslmode", NULL },
    { C, { "require_secure_transport", "ON" }, TLSQL_E_OPTION_NAME,
      "require_secure_transport", NULL },
    { S, { "ssl-mode", "REQUIRED" }, TLSQL_E_OPTION_NAME, "ssl-mode", NULL },
    { C, { "ssl-mode", "VERIFY" }, TLSQL_E_OPTION_VALUE, "ssl_mode", NULL },
    { C, { "ssl_mode", "3" }, TLSQL_E_OPTION_VALUE, "ssl_mode", NULL },
    { C, { "ssl-mode", "0" }, TLSQL_E_OPTION_VALUE, "ssl_mode", NULL },
    { C, { "ssl-mode", "99" }, TLSQL_E_OPTION_VALUE, "ssl_mode", NULL },
    { C, { "ssl-mode", "" }, TLSQL_E_OPTION_VALUE, "ssl_mode", NULL },
    { S, { "require_secure_transport", "maybe" }, TLSQL_E_OPTION_VALUE,
      "require_secure_transport", NULL },
    { C, { "ssl_ca", "" }, TLSQL_E_OPTION_VALUE, "ssl_ca", NULL },
    { C, { "tlsql_profile", "oracle" }, TLSQL_E_OPTION_VALUE, "tlsql_profile", NULL },
    { C, { "ssl_capath", "" }, TLSQL_E_OPTION_VALUE, "ssl_capath", NULL },
    { C, { "ssl_crlpath", "" }, TLSQL_E_OPTION_VALUE, "ssl_crlpath", NULL },
    { C, { "ssl-fp", "0123456789abcdef0123456789abcdef01234567" }, TLSQL_E_OPTION_VALUE,
      "SHA-256", NULL },
    { C, { "ssl-fp", "abcd" }, TLSQL_E_OPTION_VALUE,
      "Unknown or invalid fingerprint hash size detected", NULL },
    { S, { "ssl-fp", "abcd" }, TLSQL_E_OPTION_NAME, "ssl-fp", NULL },
    { C, { "tlsql_security_level", "3" }, TLSQL_E_OPTION_VALUE, "tlsql_security_level", NULL },
    { C, { "tlsql_strict", "perhaps" }, TLSQL_E_OPTION_VALUE, "tlsql_strict", NULL },
    { C, { "tlsql_peer_proof", "ON", "ssl-mode", "PREFERRED" }, TLSQL_E_OPTION_VALUE,
      "tlsql_peer_proof", NULL },
    { C, { "tlsql_peer_proof", "ON", "ssl-mode", "DISABLED" }, TLSQL_E_OPTION_VALUE,
      "tlsql_peer_proof", NULL },
    { S, { "tlsql_peer_proof", "ON" }, TLSQL_E_OPTION_NAME, "tlsql_peer_proof", NULL },
    { C, { "tls_version", "TLSv1.1" }, TLSQL_E_NO_VERSION, "tls_version", NULL },
    { C, { "tls_version", " TLSv1.3" }, TLSQL_E_NO_VERSION, "tls_version", NULL },
    { C, { "tls_version", "" }, TLSQL_E_NO_VERSION, "tls_version", NULL },
    { C, { "ssl_cipher", "FOO" }, TLSQL_E_NO_CIPHER, "ssl_cipher", NULL },
    { C, { "ssl_cipher", "AES128-SHA" }, TLSQL_E_NO_CIPHER, "ssl_cipher", NULL },
    { S, { "ssl-cipher", "HIGH:!ALL" }, TLSQL_E_NO_CIPHER, "ssl_cipher", NULL },
    { C, { "ssl-cipher", "HIGH:*" }, TLSQL_E_NO_CIPHER, "ssl_cipher", NULL },
    { C, { "ssl-cipher", "HIGH:@SECLEVEL=3" }, TLSQL_E_OPTION_VALUE, "ssl_cipher", NULL },
    { C, { "ssl-cipher", "HIGH:RC4@SECLEVEL=0" }, TLSQL_E_OPTION_VALUE, "ssl_cipher", NULL },
    { C, { "tls_ciphersuites", "FOO" }, TLSQL_E_NO_CIPHER, "tls_ciphersuites", NULL },
    { C, { "tls-ciphersuites", "", "tls-version", "TLSv1.3" }, TLSQL_E_NO_CIPHER,
      "tls_ciphersuites", NULL },
    { C, { "skip-ssl", "0" }, TLSQL_E_OPTION_VALUE, "skip-ssl", NULL },
    { C, { "skip-ssl-ca", "" }, TLSQL_E_OPTION_NAME, "skip-ssl-ca", NULL },
    { S, { "ssl-verify-server-cert", "ON" }, TLSQL_E_OPTION_NAME, "ssl-verify-server-cert", NULL },
    { C, { "ssl-verify-server-cert", "ON" }, TLSQL_E_NO_CA, "ssl_ca", NULL },
    { C, { "ssl-verify-server-cert", "ON", "ssl-mode", "REQUIRED" }, TLSQL_E_OPTION_VALUE,
      "ssl_verify_server_cert", NULL },
    { C, { "ssl-verify-server-cert", "ON", "ssl-mode", "DISABLED" }, TLSQL_E_OPTION_VALUE,
      "ssl_verify_server_cert", NULL },
    { C, { "tls-sni-servername", "not a name" }, TLSQL_E_OPTION_VALUE, "tls_sni_servername",
      NULL },
    { C, { "ssl-session-data", "session.pem" }, TLSQL_E_OPTION_VALUE, "ssl_session_data", NULL },
    { S, { "ssl_session_cache_timeout", "86401" }, TLSQL_E_OPTION_VALUE,
      "ssl_session_cache_timeout", NULL },
    { C, { "ssl-mode", "VERIFY_CA" }, TLSQL_E_NO_CA, "ssl_ca", NULL },
    { C, { "ssl-mode", "VERIFY_IDENTITY" }, TLSQL_E_NO_CA, "ssl_ca", NULL },
  };
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) expect(&faults[i]);
}

/* A certificate with OpenSSL's trust settings: its own error, which says how to convert it. */
static void trusted(const bytes *ca)
{
  static const char begin[] = "-----BEGIN TRUSTED", end[] = "-----END TRUSTED";
  bytes text = { NULL, 0, 0 };
  const char *cut = (const char *)ca->at;
  const char *last = strstr(cut, "-----END");
  if (!CHECK(last != NULL)) return;
  bytes_add(&text, (const uint8_t *)begin, sizeof begin - 1);
  bytes_add(&text, ca->at + 10, (size_t)(last - cut) - 10);
  bytes_add(&text, (const uint8_t *)end, sizeof end - 1);
  bytes_add(&text, (const uint8_t *)last + 8, ca->len - (size_t)(last - cut) - 8);
  {
    const char *path = file_of("trusted.pem", text.at, text.len);
    const fault f = { C, { "ssl-ca", path }, TLSQL_E_TRUSTED_CERT, "openssl x509", path };
    expect(&f);
  }
  bytes_free(&text);
}

/* Root reads every file, so it becomes somebody else for this one. */
static void unreadable(const bytes *ca)
{
  const char *secret = file_of("secret.pem", ca->at, ca->len);
  const fault f = { C, { "ssl-ca", secret }, TLSQL_E_FILE, "ssl_ca", secret };
  uid_t own = geteuid();
  CHECK_EQ(chmod(secret, 0), 0);
  if (own == 0 && seteuid(65534) != 0) {
    printf("skipped settings unreadable: root reads every file, and cannot be left\n");
    return;
  }
  expect(&f);
  if (own == 0) CHECK_EQ(seteuid(0), 0);
}

static void files(void)
{
  bytes ca = file_text("ca.pem");
  const char *empty = file_of("empty.pem", "", 0);
  const char *text = file_of("text.pem", TLSQL_STR("not a certificate\n"));
  const char *cut = file_of("cut.pem", ca.at, ca.len / 2);
  const char *locked = file_of("locked.pem",
    TLSQL_STR("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
              "-----END ENCRYPTED PRIVATE KEY-----\n"));
  const char *pins = file_of("pins.txt", TLSQL_STR("db1.example\n"));
  const fault faults[] = {
    { C, { "ssl_capath", "/nonexistent/dir" }, TLSQL_E_FILE, "ssl_capath",
      "/nonexistent/dir" },
    { C, { "ssl_crlpath", "/nonexistent/dir" }, TLSQL_E_FILE, "ssl_crlpath",
      "/nonexistent/dir" },
    { C, { "ssl_capath", "@ca.pem" }, TLSQL_E_FILE, "ssl_capath", "ca.pem" },
    { C, { "ssl_fplist", "/nonexistent/fp" }, TLSQL_E_FILE, "ssl_fplist", "/nonexistent/fp" },
    { C, { "ssl_fplist", pins }, TLSQL_E_OPTION_VALUE, "ssl_fplist", pins },
    { C, { "ssl-ca", "/nonexistent/ca.pem" }, TLSQL_E_FILE, "ssl_ca", "/nonexistent/ca.pem" },
    { C, { "ssl-mode", "REQUIRED", "ssl-ca", "/nonexistent/ca.pem" }, TLSQL_E_FILE,
      "ssl_ca", "/nonexistent/ca.pem" },
    { C, { "ssl-ca", empty }, TLSQL_E_PEM, "ssl_ca", empty },
    { C, { "ssl-ca", text }, TLSQL_E_PEM, "ssl_ca", text },
    { C, { "ssl-ca", cut }, TLSQL_E_PEM, "ssl_ca", cut },
    { C, { "ssl-ca", "@ca-key.pem" }, TLSQL_E_PEM, "ssl_ca", "ca-key.pem" },
    { C, { "ssl-ca", "@ca.pem", "ssl-crl", "/nonexistent/crl.pem" }, TLSQL_E_FILE,
      "ssl_crl", "/nonexistent/crl.pem" },
    { C, { "ssl-crl", text }, TLSQL_E_CRL, "ssl_crl", text },
    { C, { "ssl-crl", "@ca.pem" }, TLSQL_E_CRL, "ssl_crl", "ca.pem" },
    { C, { "ssl-cert", "/nonexistent/c.pem", "ssl-key", "@client-key.pem" }, TLSQL_E_FILE,
      "ssl_cert", "/nonexistent/c.pem" },
    { C, { "ssl-cert", "@client-cert.pem", "ssl-key", "/nonexistent/k.pem" }, TLSQL_E_FILE,
      "ssl_key", "/nonexistent/k.pem" },
    { C, { "ssl-cert", "@client-cert.pem" }, TLSQL_E_NO_KEY, "ssl_key", "client-cert.pem" },
    { C, { "ssl-key", "@client-key.pem" }, TLSQL_E_NO_CERT, "ssl_cert", "client-key.pem" },
    { C, { "ssl-cert", text, "ssl-key", "@client-key.pem" }, TLSQL_E_NO_CERT,
      "ssl_cert", text },
    { C, { "ssl-cert", empty, "ssl-key", "@client-key.pem" }, TLSQL_E_NO_CERT,
      "ssl_cert", empty },
    { C, { "ssl-cert", "@client-cert.pem", "ssl-key", text }, TLSQL_E_NO_KEY,
      "ssl_key", text },
    { C, { "ssl-cert", "@client-cert.pem", "ssl-key", locked }, TLSQL_E_KEY_ENCRYPTED,
      "ssl_key", locked },
    { C, { "ssl-cert", "@client-cert.pem", "ssl-key", "@server-key.pem" }, TLSQL_E_KEY_MISMATCH,
      "ssl_key", "server-key.pem" },
    { S, { "ssl-ca", "@ca.pem", "ssl-cert", "@server-cert.pem", "ssl-key", "@client-key.pem" },
      TLSQL_E_KEY_MISMATCH, "ssl_key", "client-key.pem" },
    { S, { "ssl-cert", "@server-cert.pem" }, TLSQL_E_NO_KEY, "ssl_key", "server-cert.pem" },
    { S, { "ssl-key", "@server-key.pem" }, TLSQL_E_NO_CERT, "ssl_cert", "server-key.pem" },
    { S, { "ssl-cert", "@server-cert.pem", "ssl-key", "@server-key.pem", "ssl-cipher", "DHE",
           "tls-version", "TLSv1.2" }, TLSQL_E_NO_CIPHER, "ssl_cipher", NULL },
  };
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) expect(&faults[i]);

  trusted(&ca);
  unreadable(&ca);
  {
    const fault directory = { C, { "ssl-ca", scratch }, TLSQL_E_FILE, "ssl_ca", scratch };
    expect(&directory);
  }
  bytes_free(&ca);
}

static void from_memory(void)
{
  bytes ca = file_bytes("ca.pem"), cert = file_bytes("client-cert.pem");
  bytes key = file_bytes("client-key.pem"), other = file_bytes("server-key.pem");
  bytes crl = file_bytes("crl.pem");
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  tlsql_error e = fresh_error();
  const uint8_t junk[] = { 0x30, 0x82, 0xff, 0xff, 1, 2, 3 };

  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(tlsql_builder_add_ca(b, junk, sizeof junk), TLSQL_E_PEM);
  CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
  CHECK_CODE(e.code, TLSQL_E_PEM);
  CHECK_CODE(tlsql_builder_add_ca(b, key.at, key.len), TLSQL_E_PEM);
  CHECK_CODE(tlsql_builder_add_crl(b, junk, sizeof junk), TLSQL_E_CRL);
  CHECK_CODE(tlsql_builder_add_crl(b, ca.at, ca.len), TLSQL_E_CRL);
  CHECK_CODE(tlsql_builder_set_identity(b, key.at, key.len, key.at, key.len), TLSQL_E_NO_CERT);
  CHECK_CODE(tlsql_builder_set_identity(b, cert.at, cert.len, cert.at, cert.len),
             TLSQL_E_NO_KEY);
  CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
  CHECK_CODE(e.code, TLSQL_E_NO_KEY);
  CHECK_EQ(e.mysql_errno, 2026);
  CHECK(e.message[0]);

  /* A pair is compared when it is put in force. */
  CHECK_CODE(tlsql_builder_set_identity(b, cert.at, cert.len, other.at, other.len), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_KEY_MISMATCH);
  CHECK(ctx == NULL);
  CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
  CHECK_CODE(e.code, TLSQL_E_KEY_MISMATCH);
  CHECK_EQ(e.mysql_errno, 2026);

  /* Nothing wrong stuck: what is right is taken, and makes a context. */
  CHECK_CODE(set_option(b, "ssl-mode", "VERIFY_CA"), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_NO_CA);
  CHECK(ctx == NULL);
  CHECK_CODE(tlsql_builder_add_ca(b, ca.at, ca.len), TLSQL_OK);
  CHECK_CODE(tlsql_builder_add_crl(b, crl.at, crl.len), TLSQL_OK);
  CHECK_CODE(tlsql_builder_set_identity(b, cert.at, cert.len, key.at, key.len), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  CHECK_EQ(tlsql_context_has_tls(ctx), 1);
  tlsql_context_free(ctx);
  tlsql_builder_free(b);
  bytes_free(&ca); bytes_free(&cert); bytes_free(&key); bytes_free(&other); bytes_free(&crl);
}

/* A named file that was not loaded is never dropped silently. */
static void not_loaded(void)
{
  static const char *const named[] = { "ssl_ca", "ssl_capath", "ssl_crl", "ssl_crlpath", "ssl_cert",
                                       "ssl_key", "ssl_fplist" };
  for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
    tlsql_builder *b = NULL;
    tlsql_context *ctx = NULL;
    tlsql_error e = fresh_error();
    CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
    CHECK_CODE(set_option(b, named[i], "/nonexistent/some.pem"), TLSQL_OK);
    CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_NOT_LOADED);
    CHECK(ctx == NULL);
    CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
    CHECK_CODE(e.code, TLSQL_E_NOT_LOADED);
    CHECK_HOLDS(e.message, named[i]);
    CHECK_HOLDS(e.message, "/nonexistent/some.pem");

    /* With DISABLED no file is opened, required or reported. */
    CHECK_CODE(set_option(b, "ssl-mode", "DISABLED"), TLSQL_OK);
    CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
    CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
    CHECK_EQ(tlsql_context_has_tls(ctx), 0);
    tlsql_context_free(ctx);
    tlsql_builder_free(b);
  }
}

/* load_files is all or nothing, and a failed setter leaves the setting as it was. */
static void all_or_nothing(void)
{
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  char mode[32];
  size_t n = 0;
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl-mode", "verify_identity"), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl-mode", "bogus"), TLSQL_E_OPTION_VALUE);
  CHECK_CODE(set_option(b, "ssl_ca", "@ca.pem"), TLSQL_OK);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl_ca", "@other-ca.pem"), TLSQL_OK);   /* named anew: not loaded */
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_NOT_LOADED);
  CHECK_CODE(set_option(b, "ssl_crl", "@crl.pem"), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl_cert", "/nonexistent/c.pem"), TLSQL_OK);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_E_FILE);
  CHECK_CODE(set_option(b, "ssl_ca", "@ca.pem"), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_FILE);             /* as the last load */
  CHECK_CODE(set_option(b, "ssl_cert", "@both.pem"), TLSQL_OK);     /* certificate and key */
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  CHECK_CODE(tlsql_context_get(ctx, TLSQL_STR("ssl-mode"), mode, sizeof mode, &n), TLSQL_OK);
  CHECK_TEXT(mode, "VERIFY_IDENTITY");
  tlsql_context_free(ctx);
  tlsql_builder_free(b);

  /* A CA without a mode verifies. */
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl_ca", "@ca.pem"), TLSQL_OK);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  CHECK_CODE(tlsql_context_get(ctx, TLSQL_STR("ssl-mode"), mode, sizeof mode, &n), TLSQL_OK);
  CHECK_TEXT(mode, "VERIFY_CA");
  tlsql_context_free(ctx);
  tlsql_builder_free(b);
}

static tlsql_code unset(tlsql_builder *b, const char *name)
{
  return tlsql_builder_unset(b, name, strlen(name));
}

/* An option that is taken back is as if it had never been set: value, file and notes. */
static void taken_back(void)
{
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  tlsql_error e = fresh_error();
  char text[64];
  size_t n = 0;
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl-mode", "VERIFY_IDENTITY"), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl_ca", "/nonexistent/ca.pem"), TLSQL_OK);
  CHECK_CODE(set_option(b, "tls_version", "TLSv1.1,TLSv1.2"), TLSQL_OK);
  CHECK_EQ(tlsql_builder_note_count(b), 1);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_E_FILE);

  CHECK_CODE(unset(b, "ssl-bogus"), TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_builder_explain(b, TLSQL_E_OPTION_NAME, &e), TLSQL_OK);
  CHECK_HOLDS(e.message, "bogus");
  CHECK_CODE(unset(b, "require_secure_transport"), TLSQL_E_OPTION_NAME);   /* a server's */
  CHECK_CODE(unset(b, "skip-ssl"), TLSQL_E_OPTION_NAME);

  CHECK_CODE(unset(b, "tls-version"), TLSQL_OK);
  CHECK_EQ(tlsql_builder_note_count(b), 0);
  CHECK_CODE(tlsql_builder_get(b, TLSQL_STR("tls_version"), text, sizeof text, &n), TLSQL_OK);
  CHECK_TEXT(text, "TLSv1.2,TLSv1.3");
  CHECK_CODE(unset(b, "ssl-ca"), TLSQL_OK);
  CHECK_CODE(unset(b, "ssl-ca"), TLSQL_OK);                /* not set: nothing to do */
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_NO_CA);   /* the mode is still in force */
  CHECK_CODE(unset(b, "ssl_mode"), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  CHECK_CODE(tlsql_context_get(ctx, TLSQL_STR("ssl-mode"), text, sizeof text, &n), TLSQL_OK);
  CHECK_TEXT(text, "PREFERRED");
  tlsql_context_free(ctx);
  tlsql_builder_free(b);
}

/* Notes tell of options in vain, and go away with the reason. */
static void idle_options(void)
{
  bytes ca = file_bytes("ca.pem");
  tlsql_builder *b = NULL;
  tlsql_error note = fresh_error();
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl_crl", "@crl.pem"), TLSQL_OK);
  if (CHECK(tlsql_builder_note_count(b) == 1)) {
    CHECK_CODE(tlsql_builder_note(b, 0, &note), TLSQL_OK);
    CHECK_CODE(note.code, TLSQL_OK);
    CHECK_EQ(note.severity, TLSQL_SEVERITY_WARNING);
    check_sentence(&note);
    CHECK_HOLDS(note.message, "ssl_crl: no effect without ssl_ca");
  }
  CHECK_CODE(tlsql_builder_add_ca(b, ca.at, ca.len), TLSQL_OK);
  CHECK_EQ(tlsql_builder_note_count(b), 0);
  tlsql_builder_free(b);
  bytes_free(&ca);
}

/* A NUL byte would end a path early elsewhere. */
static void nul_bytes(void)
{
  tlsql_builder *b = NULL;
  tlsql_error e = fresh_error();
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("ssl_ca"), TLSQL_STR("ca.pem\0x")),
             TLSQL_E_OPTION_VALUE);
  CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
  CHECK_HOLDS(e.message, "(ssl_ca): a NUL byte in it");
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("ssl_ca\0"), TLSQL_STR("ca.pem")), TLSQL_E_OPTION_NAME);
  tlsql_builder_free(b);
}

/* The option names of other versions: what they make of the mode, and what has no effect. */
static void spellings(void)
{
  static const struct { const char *options[5], *mode; size_t notes; } rows[] = {
    { { "ssl", "ON" }, "REQUIRED", 0 },
    { { "ssl", "OFF" }, "DISABLED", 0 },
    { { "skip-ssl", "" }, "DISABLED", 0 },
    { { "disable_ssl", "" }, "DISABLED", 0 },
    { { "ssl-mode", "REQUIRED", "skip-ssl", "" }, "REQUIRED", 1 },
    { { "skip-ssl", "", "ssl-mode", "REQUIRED" }, "REQUIRED", 1 },
    { { "ssl", "1", "ssl-mode", "PREFERRED" }, "PREFERRED", 1 },
    { { "ssl_verify_server_cert", "0" }, "PREFERRED", 0 },
    { { "ssl_cipher", "FOO:ECDHE+AESGCM:AES128-SHA" }, "PREFERRED", 2 },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tlsql_builder *b = NULL;
    tlsql_context *ctx = NULL;
    char mode[32];
    size_t n = 0;
    CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
    for (size_t k = 0; k < 4 && rows[i].options[k]; k += 2)
      CHECK_CODE(set_option(b, rows[i].options[k], rows[i].options[k + 1]), TLSQL_OK);
    CHECK_EQ(tlsql_builder_note_count(b), rows[i].notes);
    CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
    CHECK_CODE(tlsql_context_get(ctx, TLSQL_STR("ssl-mode"), mode, sizeof mode, &n), TLSQL_OK);
    CHECK_TEXT(mode, rows[i].mode);
    tlsql_context_free(ctx);
    tlsql_builder_free(b);
  }
  {
    /* A name that turns a switch has no value. */
    tlsql_builder *b = NULL;
    CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
    CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("skip-ssl"), NULL, 0), TLSQL_OK);
    tlsql_builder_free(b);
  }
}

static void clean_up(void)
{
  static const char *const left[] = { "empty.pem", "text.pem", "cut.pem", "locked.pem",
                                      "secret.pem", "trusted.pem", "pins.txt" };
  char path[100];
  for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
    snprintf(path, sizeof path, "%s/%s", scratch, left[i]);
    unlink(path);
  }
  rmdir(scratch);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  if (!mkdtemp(scratch)) { perror(scratch); return 2; }
  names_and_values();
  files();
  from_memory();
  not_loaded();
  all_or_nothing();
  taken_back();
  idle_options();
  nul_bytes();
  spellings();
  clean_up();
  return check_report("settings");
}
