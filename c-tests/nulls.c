/* NULL and zero arguments to every function of the header, and struct_size in both directions. */
#include "pair.h"

static tlsql_context *client_context, *server_context;

static void library(void)
{
  tlsql_error e = fresh_error();
  CHECK(tlsql_version_string()[0]);
  CHECK_TEXT(tlsql_code_name(0), "TLSQL_OK");
  CHECK(tlsql_code_name(-9999) != NULL);
  CHECK(tlsql_code_name(9999) != NULL);
  CHECK(tlsql_phase_name(0) != NULL);
  CHECK(tlsql_phase_name(0xffffffffu) != NULL);
  CHECK_TEXT(tlsql_phase_name(TLSQL_PHASE_HANDSHAKE), "HANDSHAKE");
  CHECK_CODE(tlsql_code_info(TLSQL_E_FILE, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_code_info(TLSQL_OK, &e), TLSQL_OK);
  CHECK_EQ(e.code, TLSQL_OK);
  CHECK_CODE(tlsql_code_info(-9999, &e), TLSQL_E_ARGUMENT);
  CHECK(tlsql_status_variable((size_t)-1) == NULL);
  CHECK(tlsql_status_variable(0) != NULL);
}

static void builder(void)
{
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  tlsql_error e = fresh_error();
  char buf[64];
  size_t needed = 99;
  const uint8_t *none = NULL;

  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_new(0, &b), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_new(3, &b), TLSQL_E_ARGUMENT);
  CHECK(b == NULL);
  tlsql_builder_free(NULL);
  CHECK_CODE(tlsql_builder_set(NULL, TLSQL_STR("ssl-ca"), TLSQL_STR("x")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_read_options(NULL, TLSQL_STR("x"), TLSQL_STR("y")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_unset(NULL, TLSQL_STR("ssl-ca")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_get(NULL, TLSQL_STR("ssl-ca"), buf, sizeof buf, &needed), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_add_ca(NULL, (const uint8_t *)TLSQL_STR("x")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_add_crl(NULL, (const uint8_t *)TLSQL_STR("x")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_set_identity(NULL, none, 0, none, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_add_name(NULL, TLSQL_STR("x"), none, 0, none, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_set_clock(NULL, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_load_files(NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_generate(NULL, TLSQL_STR("5.7.29"), TLSQL_STR("")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_error(NULL, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_explain(NULL, TLSQL_E_FILE, &e), TLSQL_E_NULL);
  CHECK_EQ(tlsql_builder_note_count(NULL), 0);
  CHECK_CODE(tlsql_builder_note(NULL, 0, &e), TLSQL_E_NULL);
  ctx = (tlsql_context *)&ctx;
  CHECK_CODE(tlsql_context_new(NULL, &ctx), TLSQL_E_NULL);
  CHECK(ctx == NULL);                                          /* a new object's after a failure */
  CHECK(ctx == NULL);

  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(tlsql_builder_set(b, NULL, 6, TLSQL_STR("x")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_generate(b, NULL, 6, TLSQL_STR("")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_generate(b, TLSQL_STR("5.7.29"), NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("ssl-ca"), NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_set(b, NULL, 0, NULL, 0), TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("ssl-mode"), NULL, 0), TLSQL_E_OPTION_VALUE);
  CHECK_CODE(tlsql_builder_unset(b, NULL, 6), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_unset(b, NULL, 0), TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_builder_get(b, NULL, 6, buf, sizeof buf, &needed), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_get(b, NULL, 0, buf, sizeof buf, &needed), TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_builder_get(b, TLSQL_STR("ssl-mode"), buf, sizeof buf, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_get(b, TLSQL_STR("ssl-mode"), NULL, 5, &needed), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_get(b, TLSQL_STR("ssl-mode"), NULL, 0, &needed), TLSQL_E_ROOM);
  CHECK_EQ(needed, sizeof "PREFERRED");
  CHECK_CODE(tlsql_builder_get(b, TLSQL_STR("ssl-mode"), buf, needed - 1, &needed), TLSQL_E_ROOM);
  CHECK_EQ(needed, sizeof "PREFERRED");
  CHECK_CODE(tlsql_builder_get(b, TLSQL_STR("ssl-mode"), buf, needed, &needed), TLSQL_OK);
  CHECK_TEXT(buf, "PREFERRED");
  CHECK_CODE(tlsql_builder_add_ca(b, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_add_crl(b, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_set_identity(b, NULL, 1, none, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_set_identity(b, none, 0, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_add_name(b, NULL, 1, none, 0, none, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_add_name(b, TLSQL_STR("x"), NULL, 1, none, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_add_name(b, TLSQL_STR("x"), none, 0, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_add_name(b, TLSQL_STR("x"), none, 0, none, 0), TLSQL_E_ARGUMENT);
  CHECK(tlsql_builder_add_ca(b, NULL, 0) <= TLSQL_E_OPTION_NAME);       /* no certificate in it */
  CHECK(tlsql_builder_add_crl(b, NULL, 0) <= TLSQL_E_OPTION_NAME);
  CHECK(tlsql_builder_set_identity(b, NULL, 0, NULL, 0) <= TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_builder_error(b, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_explain(b, TLSQL_E_FILE, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_note(b, 0, &e), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("tls_version"), TLSQL_STR("TLSv1.1,TLSv1.2")),
             TLSQL_OK);
  CHECK_EQ(tlsql_builder_note_count(b), 1);
  CHECK_CODE(tlsql_builder_note(b, 0, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_note(b, 0, &e), TLSQL_OK);
  CHECK_CODE(tlsql_builder_note(b, 1, &e), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_context_new(b, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);                     /* and it still works */
  tlsql_context_free(ctx);
  tlsql_builder_free(b);
}

static void context(void)
{
  tlsql_context *more = NULL;
  tlsql_conn *conn = NULL;
  tlsql_error e = fresh_error();
  char buf[64];
  uint8_t key[TLSQL_TICKET_KEY_SIZE] = { 0 };
  size_t needed = 0;

  CHECK_CODE(tlsql_context_ref(NULL, &more), TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_ref(client_context, NULL), TLSQL_E_NULL);
  tlsql_context_free(NULL);
  CHECK_EQ(tlsql_context_has_tls(NULL), 0);
  CHECK_EQ(tlsql_context_files_changed(NULL), 0);
  CHECK_CODE(tlsql_context_set_ticket_keys(NULL, key, key), TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_set_ticket_keys(server_context, NULL, key), TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_set_ticket_keys(server_context, key, NULL), TLSQL_E_ARGUMENT);
  key[20] = 1;
  CHECK_CODE(tlsql_context_set_ticket_keys(client_context, key, NULL), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_context_set_ticket_keys(server_context, key, NULL), TLSQL_OK);
  CHECK_CODE(tlsql_context_set_ticket_keys(server_context, key, key), TLSQL_OK);
  CHECK_CODE(tlsql_context_reload(client_context, NULL, 0, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_reload(NULL, NULL, 0, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_get(NULL, TLSQL_STR("ssl-ca"), buf, sizeof buf, &needed), TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_get(client_context, NULL, 1, buf, sizeof buf, &needed), TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_get(client_context, NULL, 0, buf, sizeof buf, &needed),
             TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_context_get(client_context, TLSQL_STR("ssl-ca"), buf, sizeof buf, NULL),
             TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_get(client_context, TLSQL_STR("ssl-ca"), NULL, 1, &needed),
             TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_get(client_context, TLSQL_STR("ssl-ca"), NULL, 0, &needed),
             TLSQL_E_ROOM);
  CHECK(needed > sizeof "ca.pem");
  CHECK_CODE(tlsql_context_status(NULL, TLSQL_STR("Ssl_accepts"), buf, sizeof buf, &needed),
             TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_status(client_context, NULL, 1, buf, sizeof buf, &needed),
             TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_status(client_context, TLSQL_STR("Ssl_accepts"), buf, sizeof buf, NULL),
             TLSQL_E_NULL);
  CHECK_CODE(tlsql_context_status(client_context, NULL, 0, buf, sizeof buf, &needed),
             TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_context_status(client_context, TLSQL_STR("Ssl_accepts"), NULL, 0, &needed),
             TLSQL_E_ROOM);
  CHECK_EQ(needed, sizeof "0");
  CHECK_CODE(tlsql_client_new(NULL, &conn, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_new(client_context, NULL, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_server_new(NULL, &conn, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_server_new(server_context, NULL, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_new(server_context, &conn, &e), TLSQL_E_ARGUMENT);   /* other role */
  CHECK_CODE(tlsql_server_new(client_context, &conn, NULL), TLSQL_E_ARGUMENT);
  CHECK(conn == NULL);
}

static void no_connection(void)
{
  tlsql_step s;
  tlsql_error e = fresh_error();
  tlsql_greeting g;
  tlsql_request r = test_request();
  const uint8_t *der = NULL;
  uint8_t buf[8] = { 0 };
  char text[8];
  tlsql_session *session = NULL;
  size_t n = 0;
  memset(&s, 0, sizeof s);
  s.struct_size = (uint32_t)sizeof s;
  memset(&g, 0, sizeof g);
  g.struct_size = (uint32_t)sizeof g;

  tlsql_conn_free(NULL);
  CHECK_CODE(tlsql_conn_set(NULL, TLSQL_STR("host"), TLSQL_STR("h"), &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_step(NULL, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &s), TLSQL_E_NULL);
  CHECK_EQ(s.events + s.wire_in_used + s.wire_out_made + s.app_in_used + s.app_out_made, 0);
  CHECK_CODE(tlsql_conn_step(NULL, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_eof(NULL, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_close(NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_rekey(NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_seal(NULL, buf, sizeof buf, 1, &n), TLSQL_E_NULL);
  CHECK_EQ(tlsql_conn_headroom(NULL), 0);
  CHECK_EQ(tlsql_conn_tailroom(NULL), 0);
  CHECK_EQ(tlsql_conn_want(NULL), 0);
  CHECK_EQ(tlsql_conn_phase(NULL), 0);
  CHECK_EQ(tlsql_conn_peer_closed(NULL), 0);
  CHECK_CODE(tlsql_conn_error(NULL, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_explain(NULL, TLSQL_E_ALERT, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_greeting(NULL, &g), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_start(NULL, &r), TLSQL_E_NULL);
  CHECK_CODE(tlsql_server_start(NULL, buf, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_request(NULL, &r), TLSQL_E_NULL);
  CHECK_EQ(tlsql_conn_sequence(NULL), 0);
  CHECK_CODE(tlsql_client_greeting_read(NULL, buf, 1, 0, NULL, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_request_sent(NULL, &r), TLSQL_E_NULL);
  CHECK_CODE(tlsql_server_greeting_sent(NULL, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_server_request_read(NULL, buf, 1, 1), TLSQL_E_NULL);
  CHECK_EQ(tlsql_conn_will_use_tls(NULL), 0);
  CHECK_EQ(tlsql_conn_needs_peer_proof(NULL), 1);
  CHECK_CODE(tlsql_conn_peer_subject(NULL, 3, buf, sizeof buf, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_issuer(NULL, 3, buf, sizeof buf, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_proof(NULL, buf, 1, buf, 1, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_own_proof(NULL, buf, 1, buf, 1, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_confirm_peer(NULL, buf, 1, buf, 1, buf, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_auth_plugin(NULL, TLSQL_STR("parsec")), TLSQL_E_NULL);
  CHECK_EQ(tlsql_conn_outcome(NULL), 0);
  CHECK_EQ(tlsql_conn_verified(NULL), 0);
  CHECK_EQ(tlsql_conn_secure_transport(NULL), 0);
  CHECK_EQ(tlsql_conn_tls_version(NULL), 0);
  CHECK_EQ(tlsql_conn_resumed(NULL), 0);
  CHECK_CODE(tlsql_conn_session(NULL, &session), TLSQL_E_NULL);
  CHECK_EQ(session == NULL, 1);
  CHECK_CODE(tlsql_conn_hello_name(NULL, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_use_context(NULL, server_context), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_set_session(NULL, NULL), TLSQL_E_NULL);
  tlsql_session_free(NULL);
  CHECK_EQ(tlsql_conn_cipher_id(NULL), 0);
  CHECK_TEXT(tlsql_conn_cipher_name(NULL), "");
  CHECK_EQ(tlsql_conn_peer_cert_count(NULL), 0);
  CHECK_CODE(tlsql_conn_peer_cert(NULL, 0, &der, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_fingerprint(NULL, 256, buf, sizeof buf, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_keylog(NULL, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_status(NULL, TLSQL_STR("Ssl_cipher"), text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_check_transport(NULL, &e), TLSQL_E_NULL);
  CHECK_CODE(tlsql_error_packet(NULL, 2, 0, buf, sizeof buf, &n), TLSQL_E_NULL);
}

/* NULL with a length, and missing out-parameters, on a connection that then goes on. */
static void connection(void)
{
  pair p;
  tlsql_step s;
  tlsql_error e = fresh_error();
  uint8_t buf[20] = { 0 };
  char text[64];
  const uint8_t *der = NULL;
  size_t n = 0;
  tlsql_conn *c, *v;
  memset(&s, 0, sizeof s);
  s.struct_size = (uint32_t)sizeof s;
  pair_open(&p, client_context, server_context);
  c = p.c.conn;
  v = p.s.conn;

  CHECK_CODE(tlsql_conn_set(c, NULL, 1, TLSQL_STR("h"), NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_set(c, TLSQL_STR("host"), NULL, 1, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_set(c, NULL, 0, NULL, 0, NULL), TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_conn_step(c, NULL, 1, NULL, 0, NULL, 0, NULL, 0, &s), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_step(c, NULL, 0, NULL, 1, NULL, 0, NULL, 0, &s), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_step(c, NULL, 0, NULL, 0, NULL, 1, NULL, 0, &s), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_step(c, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_step(c, NULL, 0, NULL, 0, NULL, 0, NULL, 7, &s), TLSQL_OK);  /* a view */
  CHECK_CODE(tlsql_conn_error(c, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_explain(c, TLSQL_E_ALERT, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_start(c, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_greeting_read(c, NULL, 1, 0, NULL, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_greeting_read(c, greeting57 + 4, 74, 0, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_request_sent(c, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_server_start(v, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_server_request_read(v, NULL, 1, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_cert(c, 0, NULL, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_cert(c, 0, &der, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_use_context(v, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_keylog(c, text, sizeof text, &n), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_status(c, NULL, 1, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_status(c, TLSQL_STR("Ssl_cipher"), NULL, 1, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_status(c, TLSQL_STR("Ssl_cipher"), text, sizeof text, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_status(c, NULL, 0, text, sizeof text, &n), TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_code_info(TLSQL_E_SSL_REQUEST, &e), TLSQL_OK);
  CHECK_CODE(tlsql_error_packet(&e, 2, 0xffffffffu, NULL, 5, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_error_packet(&e, 2, 0xffffffffu, buf, sizeof buf, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_error_packet(&e, 2, 0xffffffffu, NULL, 0, &n), TLSQL_E_ROOM);
  CHECK(n > 13);

  CHECK_CODE(conn_error(c).code, TLSQL_OK);                    /* nothing of it is remembered */
  pair_pump(&p, &wide, &wide);
  CHECK_EQ(tlsql_conn_phase(c), TLSQL_PHASE_TLS);
  CHECK_CODE(tlsql_conn_seal(c, NULL, 100, 1, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_seal(c, NULL, 0, 0, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_greeting(c, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_request(v, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_fingerprint(c, 256, buf, sizeof buf, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_fingerprint(c, 256, NULL, 5, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_subject(c, 3, buf, sizeof buf, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_subject(c, 3, NULL, 5, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_issuer(c, 3, NULL, 5, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_issuer(c, 0, buf, sizeof buf, &n), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_peer_proof(c, NULL, 1, buf, 20, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_proof(c, buf, 20, NULL, 1, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_proof(c, buf, 20, buf, 20, text, sizeof text, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_proof(c, buf, 20, buf, 20, NULL, 1, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_peer_proof(c, buf, 20, buf, 20, NULL, 0, &n), TLSQL_E_ROOM);
  CHECK_EQ(n, 65);
  CHECK_CODE(tlsql_conn_own_proof(v, NULL, 1, buf, 20, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_own_proof(v, buf, 20, NULL, 1, text, sizeof text, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_own_proof(v, buf, 20, buf, 20, text, sizeof text, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_own_proof(v, buf, 20, buf, 20, NULL, 1, &n), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_own_proof(v, buf, 20, buf, 20, NULL, 0, &n), TLSQL_E_ROOM);
  CHECK_EQ(n, 65);
  CHECK_CODE(tlsql_conn_own_proof(v, NULL, 0, buf, 20, text, sizeof text, &n), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_own_proof(v, buf, 20, NULL, 0, text, sizeof text, &n), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_peer_proof(c, NULL, 0, buf, 20, text, sizeof text, &n), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_peer_proof(c, buf, 20, NULL, 0, text, sizeof text, &n), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_client_auth_plugin(c, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_auth_plugin(c, NULL, 0), TLSQL_OK);     /* no proof is due */
  CHECK_CODE(tlsql_client_auth_plugin(v, NULL, 0), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_confirm_peer(c, NULL, 1, buf, 1, buf, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_confirm_peer(c, buf, 1, NULL, 1, buf, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_confirm_peer(c, buf, 1, buf, 1, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_confirm_peer(c, buf, 1, buf, 1, NULL, 0), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_check_transport(v, NULL), TLSQL_OK);      /* may be NULL */
  CHECK_CODE(tlsql_conn_peer_fingerprint(c, 256, NULL, 0, &n), TLSQL_E_ROOM);
  CHECK_EQ(n, 32);
  end_say(&p.c, 10, 1);
  pair_pump(&p, &wide, &wide);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  pair_free(&p);

  /* A server without anything to send in its greeting cannot be: length 0 is no greeting. */
  pair_open(&p, client_context, server_context);
  CHECK_CODE(tlsql_server_start(p.s.conn, NULL, 0), TLSQL_E_ARGUMENT);
  CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_GREETING);
  CHECK_CODE(tlsql_client_greeting_read(p.c.conn, NULL, 0, 0, NULL, 0), TLSQL_E_GREETING);
  pair_free(&p);
}

/* ---- struct_size ---- */

typedef struct grown_error { tlsql_error now; uint8_t later[16]; } grown_error;
typedef struct grown_step { tlsql_step now; uint8_t later[16]; } grown_step;
typedef struct grown_request { tlsql_request now; uint8_t later[16]; } grown_request;

static int all(const uint8_t *at, size_t n, uint8_t value)
{
  for (size_t i = 0; i < n; i++) if (at[i] != value) return 0;
  return 1;
}

/* Output: shorter than ABI 0.1, or a size that nobody set, is refused and not written; a longer tail
 * is zeroed. */
#define OUTPUT_SIZES(type, call, smallest) do { \
    struct { type now; uint8_t later[16]; } x; \
    const uint32_t odd[] = { 0, 3, 4, (smallest) - 1, 65537, 0xaaaaaaaa }; \
    for (size_t i_ = 0; i_ < sizeof odd / sizeof *odd; i_++) { \
      memset(&x, 0xaa, sizeof x); \
      x.now.struct_size = odd[i_]; \
      CHECK_CODE(call, TLSQL_E_STRUCT_SIZE); \
      CHECK(all((uint8_t *)&x + 4, sizeof x - 4, 0xaa)); \
    } \
    memset(&x, 0, sizeof x); \
    memset(x.later, 0xaa, sizeof x.later); \
    x.now.struct_size = (uint32_t)sizeof(type); \
    CHECK_CODE(call, TLSQL_OK); \
    CHECK_EQ(x.now.struct_size, sizeof(type)); \
    CHECK(all(x.later, sizeof x.later, 0xaa)); \
    memset(x.later, 0xaa, sizeof x.later); \
    x.now.struct_size = (uint32_t)sizeof x; \
    CHECK_CODE(call, TLSQL_OK); \
    CHECK_EQ(x.now.struct_size, sizeof x); \
    CHECK(all(x.later, sizeof x.later, 0)); \
  } while (0)

static void output_sizes(void)
{
  pair p;
  tlsql_builder *b = NULL;
  pair_secure(&p, client_context, server_context);
  OUTPUT_SIZES(tlsql_error, tlsql_code_info(TLSQL_E_FILE, &x.now), 600);
  OUTPUT_SIZES(tlsql_error, tlsql_conn_error(p.c.conn, &x.now), 600);
  OUTPUT_SIZES(tlsql_error, tlsql_conn_explain(p.c.conn, TLSQL_E_ALERT, &x.now), 600);
  OUTPUT_SIZES(tlsql_error, tlsql_conn_check_transport(p.s.conn, &x.now), 600);
  OUTPUT_SIZES(tlsql_greeting, tlsql_conn_greeting(p.c.conn, &x.now), 96);
  OUTPUT_SIZES(tlsql_request, tlsql_conn_request(p.s.conn, &x.now), 20);
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  OUTPUT_SIZES(tlsql_error, tlsql_builder_error(b, &x.now), 600);
  OUTPUT_SIZES(tlsql_error, tlsql_builder_explain(b, TLSQL_E_FILE, &x.now), 600);
  tlsql_builder_free(b);
  pair_free(&p);
}

static void step_sizes(void)
{
  pair p;
  grown_step g;
  pair_secure(&p, client_context, server_context);
  for (uint32_t size = 0; size < 96; size++) {
    memset(&g, 0xaa, sizeof g);
    g.now.struct_size = size;
    g.now.flags = 0;
    CHECK_CODE(tlsql_conn_step(p.c.conn, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &g.now),
               TLSQL_E_STRUCT_SIZE);
    CHECK(all((uint8_t *)&g + 8, sizeof g - 8, 0xaa));
  }
  memset(&g, 0, sizeof g);
  g.now.struct_size = (uint32_t)sizeof g;
  CHECK_CODE(tlsql_conn_step(p.c.conn, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &g.now), TLSQL_OK);
  CHECK_EQ(g.now.phase, TLSQL_PHASE_TLS);
  CHECK(all(g.later, sizeof g.later, 0));
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
  pair_free(&p);
}

/* Input: bytes that the library does not know must be zero. */
static void input_sizes(void)
{
  grown_request r;
  grown_error e;
  uint8_t buf[600];
  size_t n = 0;
  for (int told = 0; told < 2; told++) {
    for (int tail = 0; tail < 2; tail++) {
      pair p;
      pair_open(&p, client_context, server_context);
      CHECK_CODE(tlsql_client_greeting_read(p.c.conn, greeting57 + 4, 74, 0, NULL, 0), TLSQL_OK);
      memset(&r, 0, sizeof r);
      for (uint32_t size = 0; size < 20; size++) {
        r.now = test_request();
        r.now.struct_size = size;
        if (told) r.now.capabilities |= CLIENT_SSL;
        CHECK_CODE(told ? tlsql_client_request_sent(p.c.conn, &r.now)
                        : tlsql_client_start(p.c.conn, &r.now), TLSQL_E_STRUCT_SIZE);
      }
      r.now.struct_size = (uint32_t)sizeof r;
      r.later[15] = (uint8_t)tail;
      CHECK_CODE(told ? tlsql_client_request_sent(p.c.conn, &r.now)
                      : tlsql_client_start(p.c.conn, &r.now),
                 tail ? TLSQL_E_STRUCT_SIZE : TLSQL_OK);
      CHECK_EQ(tlsql_conn_phase(p.c.conn),
               tail ? TLSQL_PHASE_NEGOTIATE : TLSQL_PHASE_HANDSHAKE);
      pair_free(&p);
    }
  }
  memset(&e, 0, sizeof e);
  e.now.struct_size = (uint32_t)sizeof e;
  CHECK_CODE(tlsql_code_info(TLSQL_E_SSL_REQUEST, &e.now), TLSQL_OK);
  CHECK_CODE(tlsql_error_packet(&e.now, 2, 0xffffffffu, buf, sizeof buf, &n), TLSQL_OK);
  e.later[0] = 1;
  CHECK_CODE(tlsql_error_packet(&e.now, 2, 0xffffffffu, buf, sizeof buf, &n),
             TLSQL_E_STRUCT_SIZE);
  e.later[0] = 0;
  e.now.struct_size = 599;
  CHECK_CODE(tlsql_error_packet(&e.now, 2, 0xffffffffu, buf, sizeof buf, &n),
             TLSQL_E_STRUCT_SIZE);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  client_context = context_of(TLSQL_CLIENT, client_options);
  server_context = context_of(TLSQL_SERVER, server_options);
  library();
  builder();
  context();
  no_connection();
  connection();
  output_sizes();
  step_sizes();
  input_sizes();
  tlsql_context_free(client_context);
  tlsql_context_free(server_context);
  return check_report("nulls");
}
