/* What a host shows for a code: the object's own failure if it is this code, else what is known of
 * the code alone. */
#include "pair.h"

/* The packet with which a server that is full refuses. */
static const uint8_t err1040[] = {
  0x1b, 0, 0, 0, 0xff, 0x10, 0x04, '#', '0', '8', '0', '0', '4', 'T', 'o', 'o', ' ', 'm', 'a', 'n',
  'y', ' ', 'c', 'o', 'n', 'n', 'e', 'c', 't', 'i', 'o'
};

static int same(const tlsql_error *a, const tlsql_error *b) { return !memcmp(a, b, sizeof *a); }

static tlsql_error known(tlsql_code code)
{
  tlsql_error e = fresh_error();
  CHECK_CODE(tlsql_code_info(code, &e), TLSQL_OK);
  CHECK_CODE(e.code, code);
  return e;
}

static tlsql_error of_conn(const tlsql_conn *conn, tlsql_code code)
{
  tlsql_error e = fresh_error();
  CHECK_CODE(tlsql_conn_explain(conn, code, &e), TLSQL_OK);
  CHECK_CODE(e.code, code);
  return e;
}

static tlsql_error of_builder(const tlsql_builder *b, tlsql_code code)
{
  tlsql_error e = fresh_error();
  CHECK_CODE(tlsql_builder_explain(b, code, &e), TLSQL_OK);
  CHECK_CODE(e.code, code);
  return e;
}

/* The fact alone, as a library shows it that has its own prefix and options. */
static const char *fact(const tlsql_error *e)
{
  static char text[TLSQL_MESSAGE_SIZE];
  snprintf(text, sizeof text, "%.*s", (int)e->fact_len, e->message + e->fact_off);
  return text;
}

/* Every code by itself has numbers, words and a fact; one that is none is an argument. */
static void codes_alone(void)
{
  tlsql_error e = known(TLSQL_OK);
  CHECK_TEXT(e.message, "");
  CHECK_EQ(e.severity, 0);
  CHECK_EQ(e.fact_len, 0);
  for (tlsql_code code = -1; code > -200; code--) {
    if (strcmp(tlsql_code_name(code), "UNKNOWN") == 0) {
      CHECK_CODE(tlsql_code_info(code, &e), TLSQL_E_ARGUMENT);
      continue;
    }
    e = known(code);
    check_sentence(&e);
    CHECK_EQ(e.severity, TLSQL_SEVERITY_ERROR);
    CHECK_TEXT(e.option, "");
    if (code <= TLSQL_E_OPTION_NAME && code != TLSQL_E_SERVER_ERROR) CHECK(e.mysql_errno);
    if (code > TLSQL_E_OPTION_NAME) CHECK_EQ(e.mysql_errno, 0);
  }
  e = known(TLSQL_E_DECRYPT);
  CHECK_EQ(e.alert_from, TLSQL_ALERT_SENT);
  CHECK_EQ(e.tls_alert, 20);
  e = known(TLSQL_E_TIMEOUT);                    /* a host's own deadline */
  CHECK_EQ(e.mysql_errno, 2013);
  CHECK_TEXT(e.sqlstate, "HY000");
  CHECK_EQ(e.alert_from, TLSQL_ALERT_NONE);
}

static const char *const long_names[] = {
  "ssl_session_data_continue_on_failed_reuse",
  "group_replication_recovery_ssl_verify_server_cert"
};

static void builder(void)
{
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  tlsql_error e = fresh_error(), alone;
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  alone = known(TLSQL_E_OPTION_VALUE);
  e = of_builder(b, TLSQL_E_OPTION_VALUE);       /* nothing failed yet */
  CHECK(same(&e, &alone));

  CHECK_CODE(set_option(b, "ssl-mode", "always"), TLSQL_E_OPTION_VALUE);
  e = of_builder(b, TLSQL_E_OPTION_VALUE);
  CHECK_TEXT(e.option, "ssl_mode");
  CHECK_EQ(e.mysql_errno, 2026);
  CHECK_HOLDS(fact(&e), "ssl_mode");
  alone = known(TLSQL_E_FILE);
  e = of_builder(b, TLSQL_E_FILE);               /* another code: of that alone */
  CHECK(same(&e, &alone));
  alone = known(TLSQL_E_NULL);
  e = of_builder(b, TLSQL_E_NULL);
  CHECK(same(&e, &alone));
  e = of_builder(b, TLSQL_OK);
  CHECK_TEXT(e.message, "");
  CHECK_CODE(tlsql_builder_explain(b, 1, &e), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_explain(b, -19, &e), TLSQL_E_ARGUMENT);

  /* A wrong call with a reason: it has one until the next. */
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("ssl-ca"), TLSQL_STR("\xff.pem")), TLSQL_E_ARGUMENT);
  e = of_builder(b, TLSQL_E_ARGUMENT);
  CHECK_TEXT(e.option, "ssl_ca");
  CHECK_HOLDS(fact(&e), "(ssl_ca): the value is not UTF-8");
  CHECK_CODE(tlsql_builder_add_ca(b, (const uint8_t *)"x", (size_t)-1), TLSQL_E_ARGUMENT);
  e = of_builder(b, TLSQL_E_ARGUMENT);
  CHECK_TEXT(e.option, "");
  CHECK_HOLDS(fact(&e), "a length is beyond PTRDIFF_MAX");
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("ssl-ca"), "x", (size_t)-1), TLSQL_E_ARGUMENT);
  e = of_builder(b, TLSQL_E_ARGUMENT);
  CHECK_HOLDS(fact(&e), "a length is beyond PTRDIFF_MAX");
  CHECK_CODE(tlsql_builder_note(b, 99, &e), TLSQL_E_ARGUMENT);
  e = of_builder(b, TLSQL_E_ARGUMENT);
  CHECK_HOLDS(fact(&e), "there is no note 99");
  /* One without a reason has none, whatever came before it. */
  CHECK_CODE(tlsql_builder_get(b, TLSQL_STR("ssl-ca"), NULL, 0, NULL), TLSQL_E_NULL);
  alone = known(TLSQL_E_NULL);
  e = of_builder(b, TLSQL_E_NULL);
  CHECK(same(&e, &alone));

  /* The longest names, whole. */
  for (size_t i = 0; i < sizeof long_names / sizeof *long_names; i++) {
    CHECK_CODE(set_option(b, long_names[i], "maybe"), TLSQL_E_OPTION_VALUE);
    CHECK_TEXT(of_builder(b, TLSQL_E_OPTION_VALUE).option, long_names[i]);
  }

  /* The failure names no option, but its message advises one. */
  CHECK_CODE(set_option(b, "ssl-mode", "VERIFY_CA"), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_NO_CA);
  e = of_builder(b, TLSQL_E_NO_CA);
  CHECK_TEXT(e.option, "ssl_ca");
  tlsql_builder_free(b);
}

static void connection(tlsql_context *ctx)
{
  end c;
  tlsql_error e, alone;
  end_open(&c, ctx, TLSQL_CLIENT);
  e = of_conn(c.conn, TLSQL_E_STATE);            /* a wrong call without a reason */
  alone = known(TLSQL_E_STATE);
  CHECK(same(&e, &alone));

  bytes_add(&c.in, err1040, sizeof err1040);
  while (end_turn(&c, &wide)) continue;
  CHECK_CODE(c.failure, TLSQL_E_SERVER_ERROR);
  e = of_conn(c.conn, c.failure);
  alone = conn_error(c.conn);
  CHECK(same(&e, &alone));
  CHECK_EQ(e.mysql_errno, 1040);
  CHECK_TEXT(e.sqlstate, "08004");
  CHECK_EQ(e.flags, TLSQL_ERROR_UNAUTHENTICATED);
  CHECK_HOLDS(fact(&e), "The server refused the connection: 1040 Too many connectio");
  CHECK(!strstr(fact(&e), "max_connections"));   /* what to change is the hint's */
  CHECK_HOLDS(e.message, "max_connections");

  alone = known(TLSQL_E_ALERT);
  e = of_conn(c.conn, TLSQL_E_ALERT);
  CHECK(same(&e, &alone));
  CHECK_CODE(tlsql_conn_explain(c.conn, -9999, &e), TLSQL_E_ARGUMENT);
  CHECK_CODE(conn_error(c.conn).code, TLSQL_E_SERVER_ERROR);
  end_free(&c);
}

static void has_reason(const tlsql_conn *conn, tlsql_code rc, tlsql_code wanted, const char *why)
{
  tlsql_error e;
  CHECK_CODE(rc, wanted);
  e = of_conn(conn, wanted);
  CHECK_HOLDS(fact(&e), why);
  CHECK_CODE(conn_error(conn).code, TLSQL_OK);
}

/* Each wrong call has its own reason: no earlier one's with the same code. */
static void one_after_the_other(tlsql_context *client, tlsql_context *server)
{
  pair p;
  tlsql_step s = { 0 };
  tlsql_error refusal = fresh_error();
  uint8_t buf[100];
  char text[100];
  const uint8_t *der = NULL;
  size_t n = 0;
  tlsql_conn *c;
  pair_secure(&p, client, server);
  c = p.c.conn;
  has_reason(c, tlsql_conn_peer_fingerprint(c, 255, buf, sizeof buf, &n), TLSQL_E_ARGUMENT,
             "bits is none of 256, 384 and 512");
  has_reason(c, tlsql_conn_seal(c, buf, sizeof buf, 0, &n), TLSQL_E_ARGUMENT,
             "plain_len is not from 1 to 16384");
  s.struct_size = sizeof s;
  s.flags = 1;
  has_reason(c, tlsql_conn_step(c, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &s), TLSQL_E_ARGUMENT,
             "flags is not 0");
  has_reason(c, tlsql_conn_peer_cert(c, 99, &der, &n), TLSQL_E_ARGUMENT, "no certificate 99");
  has_reason(c, tlsql_conn_peer_subject(c, 2, buf, sizeof buf, &n), TLSQL_E_ARGUMENT,
             "form is none of TLSQL_NAME_");
  has_reason(c, tlsql_conn_peer_proof(c, NULL, 0, buf, 20, text, sizeof text, &n),
             TLSQL_E_ARGUMENT, "the salt must have 20 bytes");
  has_reason(c, tlsql_conn_eof(c, (size_t)-1), TLSQL_E_ARGUMENT, "wire_in_left");
  s.flags = 0;
  has_reason(c, tlsql_conn_step(c, buf, (size_t)-1, NULL, 0, NULL, 0, NULL, 0, &s),
             TLSQL_E_ARGUMENT, "a length is beyond PTRDIFF_MAX");
  has_reason(c, tlsql_conn_step(c, buf, 20, buf + 30, 20, buf + 49, 10, NULL, 0, &s),
             TLSQL_E_OVERLAP, "wire_out and app_in");
  has_reason(c, tlsql_conn_step(c, buf, 20, NULL, 0, NULL, 0, buf + 19, 1, &s), TLSQL_E_OVERLAP,
             "wire_in and app_out");
  has_reason(c, tlsql_conn_step(c, buf, 0, NULL, 1, NULL, 0, NULL, 0, &s), TLSQL_E_NULL,
             "NULL: wire_out");
  has_reason(c, tlsql_conn_step(c, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL), TLSQL_E_NULL,
             "NULL: step");
  has_reason(c, tlsql_conn_step(c, (uint8_t *)&s, sizeof s, NULL, 1, NULL, 0, NULL, 0, &s),
             TLSQL_E_NULL, "NULL: wire_out");
  has_reason(c, tlsql_conn_seal(c, NULL, 20, 10, &n), TLSQL_E_NULL, "NULL: buf");
  has_reason(c, tlsql_conn_seal(c, buf, 20, 10, NULL), TLSQL_E_NULL, "NULL: record_len");
  has_reason(c, tlsql_conn_seal(c, buf, 20, 10, (size_t *)(void *)buf), TLSQL_E_OVERLAP,
             "buf and record_len");
  CHECK_CODE(tlsql_conn_step(c, buf, 0, NULL, 1, NULL, 0, NULL, 0, &s), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_check_account(c, NULL, TLSQL_STR("u"), TLSQL_STR("h"), 0, NULL, NULL),
             TLSQL_E_NULL);
  CHECK(!strstr(of_conn(c, TLSQL_E_NULL).message, "wire_out"));
  has_reason(c, tlsql_conn_seal(c, buf, 20, 10, &n), TLSQL_E_ROOM, "cap is 20");
  CHECK_HOLDS(of_conn(c, TLSQL_E_ROOM).message, "Give headroom + plain_len + tailroom bytes.");
  has_reason(c, tlsql_conn_peer_fingerprint(c, 256, buf, 1, &n), TLSQL_E_ROOM, "too small");
  CHECK(!strstr(of_conn(c, TLSQL_E_ROOM).message, "cap is 20"));
  has_reason(c, tlsql_server_start(c, greeting57 + 4, sizeof greeting57 - 4), TLSQL_E_STATE,
             "this is a client in TLS");
  has_reason(c, tlsql_conn_check_transport(c, &refusal), TLSQL_E_STATE, "this is a client in TLS");
  CHECK_HOLDS(refusal.message, "this is a client in TLS. tlsql_conn_phase() tells");
  has_reason(p.s.conn, tlsql_conn_peer_cert(p.s.conn, 0, &der, &n), TLSQL_E_STATE,
             "no certificate of the peer");
  CHECK_TEXT(of_conn(p.s.conn, TLSQL_E_STATE).message,
             "Not allowed now: there is no certificate of the peer");
  has_reason(p.s.conn, tlsql_conn_own_proof(p.s.conn, NULL, 0, buf, 20, text, sizeof text, &n),
             TLSQL_E_ARGUMENT, "the salt must have 20 bytes");
  has_reason(c, tlsql_conn_own_proof(c, NULL, 0, buf, 20, text, sizeof text, &n), TLSQL_E_STATE,
             "this is a client in TLS");
  has_reason(c, tlsql_conn_confirm_peer(c, buf, 20, buf, 20, buf, 0), TLSQL_E_STATE,
             "tlsql_peer_proof is OFF");
  has_reason(c, tlsql_conn_status(c, TLSQL_STR("Uptime"), text, sizeof text, &n),
             TLSQL_E_OPTION_NAME, "(Uptime): there is no such status variable");
  CHECK_HOLDS(of_conn(c, TLSQL_E_OPTION_NAME).message, "tlsql_status_variable() lists them");
  CHECK_CODE(tlsql_conn_close(c), TLSQL_OK);
  has_reason(c, tlsql_conn_rekey(c), TLSQL_E_STATE, "tlsql_conn_close() was called");
  pair_free(&p);
}

/* Calls that come at the wrong moment: what has to be done first. */
static void moments(tlsql_context *client, tlsql_context *server)
{
  static const char *const proof[] = { "ssl-mode", "REQUIRED", "tlsql_peer_proof", "ON", NULL };
  tlsql_context *unproven = context_of(TLSQL_CLIENT, proof);
  tlsql_error why = fresh_error();
  tlsql_step s = { 0 };
  uint8_t buf[100] = { 0 };
  size_t n = 0;
  pair p;
  tlsql_conn *c;
  s.struct_size = sizeof s;
  pair_secure(&p, unproven, server);
  c = p.c.conn;
  has_reason(c, tlsql_conn_step(c, NULL, 0, NULL, 0, buf, 5, NULL, 0, &s), TLSQL_E_STATE,
             "tlsql_client_auth_plugin");
  has_reason(c, tlsql_conn_seal(c, buf, sizeof buf, 5, &n), TLSQL_E_STATE,
             "tlsql_conn_confirm_peer");
  pair_free(&p);

  pair_secure(&p, client, server);
  c = p.c.conn;
  has_reason(c, tlsql_conn_set(c, TLSQL_STR("host"), TLSQL_STR("x"), &why), TLSQL_E_STATE,
             "the connection has begun");
  CHECK_HOLDS(why.message, "the connection has begun");
  CHECK_TEXT(why.option, "host");
  end_say(&p.s, 100, 1);
  end_turn(&p.s, &wide);
  CHECK_CODE(tlsql_conn_step(c, p.s.out.at, p.s.out.len, NULL, 0, NULL, 0, NULL, 0, &s), TLSQL_OK);
  CHECK(s.want & TLSQL_WANT_APP_OUT);
  has_reason(c, tlsql_conn_eof(c, p.s.out.len), TLSQL_E_STATE, "has to be read first");
  CHECK_CODE(tlsql_conn_rekey(c), TLSQL_OK);
  has_reason(c, tlsql_conn_seal(c, buf, sizeof buf, 5, &n), TLSQL_E_STATE,
             "bytes for the peer are queued");
  pair_free(&p);
  tlsql_context_free(unproven);
}

static const char *const no_options[] = { NULL };

/* Wrong arguments, each with its own reason; the connection is as it was. */
static void arguments(tlsql_context *client, tlsql_context *server)
{
  end c;
  tlsql_error e;
  tlsql_greeting greeting = { 0 };
  tlsql_request request = { 0 };
  greeting.struct_size = sizeof greeting;
  greeting.capabilities = 0x0a00;                /* CLIENT_SSL and CLIENT_PROTOCOL_41 */
  request.struct_size = sizeof request;
  end_open(&c, client, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_facts(c.conn, &greeting, NULL, 0), TLSQL_OK);
  CHECK_CODE(tlsql_client_start(c.conn, &request), TLSQL_E_ARGUMENT);
  e = of_conn(c.conn, TLSQL_E_ARGUMENT);
  CHECK_HOLDS(fact(&e), "capabilities lack CLIENT_PROTOCOL_41");
  request.capabilities = 0x0200;
  CHECK_CODE(tlsql_client_request_sent(c.conn, &request), TLSQL_E_ARGUMENT);
  e = of_conn(c.conn, TLSQL_E_ARGUMENT);
  CHECK_HOLDS(fact(&e), "capabilities lack CLIENT_SSL");
  CHECK_CODE(conn_error(c.conn).code, TLSQL_OK);
  request.capabilities = 0x0a00;
  CHECK_CODE(tlsql_client_request_sent(c.conn, &request), TLSQL_OK);
  end_free(&c);

  end_open(&c, server, TLSQL_SERVER);
  CHECK_CODE(tlsql_server_start(c.conn, (const uint8_t *)"\x0a" "8.0", 4), TLSQL_E_ARGUMENT);
  e = of_conn(c.conn, TLSQL_E_ARGUMENT);
  CHECK_HOLDS(fact(&e), "payload is no greeting");
  CHECK_CODE(tlsql_server_greeting_sent(c.conn, 0x0a00), TLSQL_E_ARGUMENT);
  e = of_conn(c.conn, TLSQL_E_ARGUMENT);
  CHECK_HOLDS(fact(&e), "this context has no certificate");
  CHECK_CODE(tlsql_server_greeting_sent(c.conn, 0x0200), TLSQL_OK);
  has_reason(c.conn, tlsql_server_greeting_sent(c.conn, 0x0200), TLSQL_E_STATE,
             "this is a server in NEGOTIATE");
  end_free(&c);

  end_open(&c, server, TLSQL_SERVER);
  has_reason(c.conn, tlsql_conn_set(c.conn, TLSQL_STR("transport"), TLSQL_STR("pipe"), NULL),
             TLSQL_E_OPTION_VALUE, "(transport): 'pipe' is none of tcp, unix");
  has_reason(c.conn, tlsql_conn_set(c.conn, TLSQL_STR("port"), TLSQL_STR("x"), NULL),
             TLSQL_E_OPTION_VALUE, "(port): 'x' is no port number");
  has_reason(c.conn, tlsql_conn_set(c.conn, TLSQL_STR("verify_name"), TLSQL_STR("x"), NULL),
             TLSQL_E_OPTION_NAME, "a connection of a server has host, port, transport");
  CHECK(!strstr(of_conn(c.conn, TLSQL_E_OPTION_NAME).message, "sni"));
  CHECK_CODE(tlsql_server_start(c.conn, greeting57 + 4, sizeof greeting57 - 4), TLSQL_OK);
  has_reason(c.conn, tlsql_server_start(c.conn, greeting57 + 4, sizeof greeting57 - 4),
             TLSQL_E_STATE, "the greeting is queued already");
  end_free(&c);
}

int main(int argc, char **argv)
{
  tlsql_context *ctx, *bare, *served;
  test_arguments(argc, argv, 0);
  ctx = context_of(TLSQL_CLIENT, client_options);
  bare = context_of(TLSQL_SERVER, no_options);
  codes_alone();
  builder();
  connection(ctx);
  arguments(ctx, bare);
  served = context_of(TLSQL_SERVER, server_options);
  one_after_the_other(ctx, served);
  moments(ctx, served);
  tlsql_context_free(served);
  tlsql_context_free(bare);
  tlsql_context_free(ctx);
  return check_report("explain");
}
