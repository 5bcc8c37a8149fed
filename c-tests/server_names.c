/* A server's certificates for names: which one a client sees by its SNI, and what is no name. */
#include "pair.h"

#define MOST_NAMES 1000

static const uint8_t salt[20] = { 1, 2, 3 }, scramble[20] = { 4, 5, 6 };

static tlsql_code add(tlsql_builder *b, const char *name, const char *cert_file,
                      const char *key_file)
{
  bytes cert = file_bytes(cert_file), key = file_bytes(key_file);
  tlsql_code rc = tlsql_builder_add_name(b, name, strlen(name), cert.at, cert.len, key.at, key.len);
  bytes_free(&cert); bytes_free(&key);
  return rc;
}

static tlsql_builder *server_builder(void)
{
  tlsql_builder *b = NULL;
  CHECK_CODE(tlsql_builder_new(TLSQL_SERVER, &b), TLSQL_OK);
  for (const char *const *o = server_options; *o; o += 2)
    CHECK_CODE(set_option(b, o[0], o[1]), TLSQL_OK);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  return b;
}

/* The subject of what the server shows a client with this SNI, NULL being none, is WANTED.  Its proof
 * is that of this certificate. */
static void shows(tlsql_context *server, const char *sni, const char *wanted)
{
  const char *options[] = { "ssl-mode", "REQUIRED", "tlsql_session_cache_size", "0",
                            sni ? "tls-sni-servername" : NULL, sni, NULL };
  tlsql_context *client = context_of(TLSQL_CLIENT, options);
  char subject[100], own[65], peers[65];
  size_t n = 0;
  pair p;
  if (pair_secure(&p, client, server)) {
    CHECK_CODE(tlsql_conn_peer_subject(p.c.conn, TLSQL_NAME_OPENSSL3, (uint8_t *)subject,
                                       sizeof subject - 1, &n), TLSQL_OK);
    subject[n] = 0;
    CHECK_TEXT(subject, wanted);
    CHECK_CODE(tlsql_conn_peer_proof(p.c.conn, salt, 20, scramble, 20, peers, 65, &n), TLSQL_OK);
    CHECK_CODE(tlsql_conn_own_proof(p.s.conn, salt, 20, scramble, 20, own, 65, &n), TLSQL_OK);
    CHECK_TEXT(own, peers);
  }
  pair_free(&p);
  tlsql_context_free(client);
}

static void each_client_sees_the_certificate_of_its_name(void)
{
  tlsql_builder *b = server_builder();
  tlsql_context *ctx = NULL;
  CHECK_CODE(add(b, "Other.example.test", "wrongname-cert.pem", "wrongname-key.pem"), TLSQL_OK);
  CHECK_CODE(add(b, "*.example.test", "cn-cert.pem", "cn-key.pem"), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  tlsql_builder_free(b);
  shows(ctx, "other.example.test", "/CN=tlsql wrong name");
  shows(ctx, "OTHER.example.test", "/CN=tlsql wrong name");
  shows(ctx, "third.example.test", "/CN=localhost");
  shows(ctx, "a.third.example.test", "/CN=tlsql test server");
  shows(ctx, "localhost", "/CN=tlsql test server");
  shows(ctx, NULL, "/CN=tlsql test server");

  /* A reload has the names of its own builder. */
  b = server_builder();
  CHECK_CODE(add(b, "localhost", "cn-cert.pem", "cn-key.pem"), TLSQL_OK);
  CHECK_CODE(tlsql_context_reload(ctx, b, 0, NULL), TLSQL_OK);
  tlsql_builder_free(b);
  shows(ctx, "localhost", "/CN=localhost");
  shows(ctx, "other.example.test", "/CN=tlsql test server");
  tlsql_context_free(ctx);
}

static void what_cannot_be_added_changes_nothing(void)
{
  static const char *const wrong[] = { "", "*", "*.", "db.", "127.0.0.1", "::1", "a b", "a..b",
                                       "d*.test" };
  tlsql_builder *b = server_builder();
  tlsql_error e = fresh_error();
  tlsql_context *ctx = NULL;
  char name[32];
  CHECK_CODE(add(b, "localhost", "cn-cert.pem", "cn-key.pem"), TLSQL_OK);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    CHECK_CODE(add(b, wrong[i], "cn-cert.pem", "cn-key.pem"), TLSQL_E_ARGUMENT);
    CHECK_CODE(tlsql_builder_explain(b, TLSQL_E_ARGUMENT, &e), TLSQL_OK);
    CHECK_HOLDS(e.message, "is no host name");
  }
  CHECK_CODE(add(b, "localhost", "server-cert.pem", "cn-key.pem"), TLSQL_E_KEY_MISMATCH);
  CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
  CHECK_CODE(e.code, TLSQL_E_KEY_MISMATCH);
  CHECK_EQ(e.mysql_errno, 2026);
  CHECK_HOLDS(e.message, "'localhost'");
  CHECK_CODE(add(b, "localhost", "cn-key.pem", "cn-key.pem"), TLSQL_E_NO_CERT);
  CHECK_CODE(add(b, "localhost", "cn-cert.pem", "cn-cert.pem"), TLSQL_E_NO_KEY);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  shows(ctx, "localhost", "/CN=localhost");
  tlsql_context_free(ctx);

  for (int i = 1; i < MOST_NAMES; i++) {
    snprintf(name, sizeof name, "n%d.test", i);
    if (!CHECK_CODE(add(b, name, "cn-cert.pem", "cn-key.pem"), TLSQL_OK)) break;
  }
  CHECK_CODE(add(b, "more.test", "cn-cert.pem", "cn-key.pem"), TLSQL_E_ARGUMENT);
  CHECK_CODE(add(b, "n7.test", "server-cert.pem", "server-key.pem"), TLSQL_OK);
  tlsql_builder_free(b);

  /* Without a certificate for all other names there is no context. */
  CHECK_CODE(tlsql_builder_new(TLSQL_SERVER, &b), TLSQL_OK);
  CHECK_CODE(add(b, "localhost", "cn-cert.pem", "cn-key.pem"), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_NO_CERT);
  CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
  CHECK_TEXT(e.option, "ssl_cert");
  tlsql_builder_free(b);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  each_client_sees_the_certificate_of_its_name();
  what_cannot_be_added_changes_nothing();
  return check_report("server_names");
}
