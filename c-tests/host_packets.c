/* Hosts that read and write the MySQL packets themselves and tell the engine: what existing
 * clients and servers do.  Nothing but TLS crosses the engine's wire then. */
#include "pair.h"

static tlsql_context *client_context, *server_context;

static const char *const disabled_options[] = { "ssl-mode", "DISABLED", NULL };
static const char *const preferred_options[] = { "ssl-mode", "PREFERRED", NULL };
static const char *const off_options[] = { "ssl", "OFF", NULL };

/* ---- who handles which packet: each part in both forms ---- */

static void greeting_by_engine(pair *p)
{
  CHECK_CODE(tlsql_server_start(p->s.conn, greeting57 + 4, sizeof greeting57 - 4), TLSQL_OK);
  while (end_turn(&p->s, &wide)) continue;
  end_deliver(&p->s, &p->c);
}

static void greeting_by_host(pair *p)
{
  CHECK_CODE(tlsql_server_greeting_sent(p->s.conn, GREETING57_CAPS), TLSQL_OK);
  bytes_add(&p->c.in, greeting57, sizeof greeting57);
}

static void read_by_engine(pair *p)
{
  while (end_turn(&p->c, &wide)) continue;
  CHECK_EQ(p->c.event_count, 1);
}

static void read_by_host(pair *p)
{
  CHECK_CODE(tlsql_client_greeting_read(p->c.conn, p->c.in.at + 4, p->c.in.len - 4, 0, NULL, 0),
             TLSQL_OK);
  p->c.in.len = 0;
}

static void request_by_engine(pair *p)
{
  tlsql_request r = test_request();
  CHECK_CODE(tlsql_client_start(p->c.conn, &r), TLSQL_OK);
  CHECK_EQ(r.capabilities, TEST_CAPS | CLIENT_SSL);
}

static void request_by_host(pair *p)
{
  tlsql_request r = test_request();
  r.capabilities |= CLIENT_SSL;
  CHECK_CODE(tlsql_client_request_sent(p->c.conn, &r), TLSQL_OK);
  bytes_add(&p->s.in, ssl_request, sizeof ssl_request);
}

static void received_by_engine(pair *p) { (void)p; }

static void received_by_host(pair *p)
{
  CHECK_CODE(tlsql_server_request_read(p->s.conn, p->s.in.at + 4, sizeof ssl_request - 4, 1),
             TLSQL_OK);
  bytes_drop(&p->s.in, sizeof ssl_request);      /* bytes behind it are presented as wire_in */
  CHECK_EQ(tlsql_conn_phase(p->s.conn), TLSQL_PHASE_HANDSHAKE);
}

typedef struct form {
  const char *name;
  void (*greeting)(pair *), (*read)(pair *), (*request)(pair *), (*received)(pair *);
} form;

/* g greeting, r reading it, q SSLRequest, t taking it: capital where the host does it. */
static const form forms[] = {
  { "grqt", greeting_by_engine, read_by_engine, request_by_engine, received_by_engine },
  { "grqT", greeting_by_engine, read_by_engine, request_by_engine, received_by_host },
  { "grQt", greeting_by_engine, read_by_engine, request_by_host, received_by_engine },
  { "grQT", greeting_by_engine, read_by_engine, request_by_host, received_by_host },
  { "gRqt", greeting_by_engine, read_by_host, request_by_engine, received_by_engine },
  { "gRqT", greeting_by_engine, read_by_host, request_by_engine, received_by_host },
  { "gRQt", greeting_by_engine, read_by_host, request_by_host, received_by_engine },
  { "gRQT", greeting_by_engine, read_by_host, request_by_host, received_by_host },
  { "Grqt", greeting_by_host, read_by_engine, request_by_engine, received_by_engine },
  { "GrqT", greeting_by_host, read_by_engine, request_by_engine, received_by_host },
  { "GrQt", greeting_by_host, read_by_engine, request_by_host, received_by_engine },
  { "GrQT", greeting_by_host, read_by_engine, request_by_host, received_by_host },
  { "GRqt", greeting_by_host, read_by_host, request_by_engine, received_by_engine },
  { "GRqT", greeting_by_host, read_by_host, request_by_engine, received_by_host },
  { "GRQt", greeting_by_host, read_by_host, request_by_host, received_by_engine },
  { "GRQT", greeting_by_host, read_by_host, request_by_host, received_by_host },
};

static tlsql_greeting fresh_greeting(void)
{
  tlsql_greeting g;
  memset(&g, 0, sizeof g);
  g.struct_size = (uint32_t)sizeof g;
  return g;
}

/* What a client knows of the greeting, whoever read it. */
static void knows_greeting(const tlsql_conn *conn)
{
  static const char scramble[] = "%Nd\x1e\x04" "EpjE:j(,V,\x1f" "8@SB";
  tlsql_greeting g = fresh_greeting();
  CHECK_EQ(tlsql_conn_phase(conn), TLSQL_PHASE_NEGOTIATE);
  CHECK_CODE(tlsql_conn_greeting(conn, &g), TLSQL_OK);
  CHECK_EQ(g.protocol, 10);
  CHECK_EQ(g.connection_id, 3);
  CHECK_EQ(g.capabilities, GREETING57_CAPS);
  CHECK_EQ(g.charset, 8);
  CHECK_EQ(g.status, 2);
  CHECK(is_bytes(g.payload, g.payload_len, greeting57 + 4, sizeof greeting57 - 4));
  CHECK(is_bytes(g.server_version, g.server_version_len, TLSQL_STR("5.7.29")));
  CHECK(is_bytes(g.auth_plugin, g.auth_plugin_len, TLSQL_STR("mysql_native_password")));
  CHECK(is_bytes(g.auth_data, g.auth_data_len, scramble, sizeof scramble - 1));
  CHECK_EQ(tlsql_conn_will_use_tls(conn), 1);
}

/* Up to TLS in both directions, and what a server knows of the request. */
static void goes_on(pair *p)
{
  tlsql_request seen = test_request();
  end_say(&p->c, 500, 1);
  end_say(&p->s, 600, 2);
  pair_pump(p, &in_place, &wide);
  CHECK_EQ(tlsql_conn_phase(p->c.conn), TLSQL_PHASE_TLS);
  CHECK_EQ(tlsql_conn_phase(p->s.conn), TLSQL_PHASE_TLS);
  CHECK_EQ(p->c.events[p->c.event_count - 1], TLSQL_EVENT_SECURED);
  CHECK_EQ(p->s.events[p->s.event_count - 1], TLSQL_EVENT_SECURED);
  CHECK(bytes_equal(&p->s.got, &p->c.say));
  CHECK(bytes_equal(&p->c.got, &p->s.say));
  CHECK_CODE(tlsql_conn_request(p->s.conn, &seen), TLSQL_OK);
  CHECK_EQ(seen.capabilities, TEST_CAPS | CLIENT_SSL);
  CHECK_EQ(seen.max_packet, 1 << 24);
  CHECK_EQ(seen.charset, 45);
  CHECK_EQ(tlsql_conn_sequence(p->s.conn), 3);
}

/* The host carries what it wrote; the outcome is that of an engine that handles all packets. */
static void in_form(const form *f)
{
  long before = check_failures;
  pair p;
  pair_open(&p, client_context, server_context);
  p.c.by_hand = p.s.by_hand = 1;
  CHECK_EQ(tlsql_conn_will_use_tls(p.s.conn), 1);
  CHECK_EQ(tlsql_conn_sequence(p.s.conn), 0);
  f->greeting(&p);
  CHECK_EQ(p.c.in.len, sizeof greeting57);
  CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_NEGOTIATE);
  f->read(&p);
  knows_greeting(p.c.conn);
  f->request(&p);
  CHECK_EQ(tlsql_conn_sequence(p.c.conn), 2);
  while (end_turn(&p.c, &wide)) continue;
  end_deliver(&p.c, &p.s);
  CHECK(p.s.in.len > sizeof ssl_request + 5);
  CHECK(memcmp(p.s.in.at, ssl_request, sizeof ssl_request) == 0);
  f->received(&p);
  goes_on(&p);
  pair_free(&p);
  if (before != check_failures) fprintf(stderr, "  in form %s\n", f->name);
}

/* ---- the greeting's bytes are gone: version and capabilities alone ---- */

static tlsql_greeting facts_of(const char *version, uint32_t capabilities)
{
  tlsql_greeting g = fresh_greeting();
  g.server_version = (const uint8_t *)version;
  g.server_version_len = strlen(version);
  g.capabilities = capabilities;
  return g;
}

static void facts_are_enough(const char *version)
{
  tlsql_greeting g = facts_of(version, GREETING57_CAPS), seen = fresh_greeting();
  pair p;
  pair_open(&p, client_context, server_context);
  p.c.by_hand = p.s.by_hand = 1;
  greeting_by_host(&p);
  p.c.in.len = 0;
  CHECK_CODE(tlsql_client_greeting_facts(p.c.conn, &g, NULL, 0), TLSQL_OK);
  CHECK_CODE(tlsql_client_greeting_facts(p.c.conn, &g, NULL, 0), TLSQL_E_STATE);
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_NEGOTIATE);
  CHECK_EQ(tlsql_conn_will_use_tls(p.c.conn), 1);
  CHECK_CODE(tlsql_conn_greeting(p.c.conn, &seen), TLSQL_OK);
  CHECK_EQ(seen.capabilities, GREETING57_CAPS);
  CHECK(is_bytes(seen.server_version, seen.server_version_len, version, strlen(version)));
  CHECK_EQ(seen.protocol, 0);
  CHECK_EQ(seen.payload_len + seen.auth_plugin_len + seen.auth_data_len, 0);
  request_by_host(&p);
  while (end_turn(&p.c, &wide)) continue;
  end_deliver(&p.c, &p.s);
  received_by_host(&p);
  goes_on(&p);
  pair_free(&p);
}

/* A refusal by ssl-mode, bytes behind the greeting, and wrong calls. */
static void facts_refused(void)
{
  tlsql_greeting g = facts_of("5.7.29", GREETING57_CAPS & ~CLIENT_SSL);
  struct { tlsql_greeting now; uint8_t later[16]; } grown;
  end e;
  end_open(&e, client_context, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, &g, NULL, 0), TLSQL_E_NO_TLS_OFFERED);
  CHECK_CODE(end_step(&e, &wide), TLSQL_E_NO_TLS_OFFERED);
  CHECK_EQ(e.out.len, 0);
  end_free(&e);

  end_open(&e, client_context, TLSQL_CLIENT);
  g.capabilities = GREETING57_CAPS;
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, &g, (const uint8_t *)TLSQL_STR("x")),
             TLSQL_E_EARLY_BYTES);
  end_free(&e);

  end_open(&e, server_context, TLSQL_SERVER);
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, &g, NULL, 0), TLSQL_E_STATE);
  end_free(&e);

  end_open(&e, client_context, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_facts(NULL, &g, NULL, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, NULL, NULL, 0), TLSQL_E_NULL);
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, &g, NULL, 1), TLSQL_E_NULL);
  g.server_version = NULL;
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, &g, NULL, 0), TLSQL_E_NULL);
  g.server_version_len = 0;
  g.struct_size = (uint32_t)sizeof g - 1;
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, &g, NULL, 0), TLSQL_E_STRUCT_SIZE);
  memset(&grown, 0, sizeof grown);
  grown.now = facts_of("5.7.29", GREETING57_CAPS);
  grown.now.struct_size = (uint32_t)sizeof grown;
  grown.later[15] = 1;
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, &grown.now, NULL, 0), TLSQL_E_STRUCT_SIZE);
  CHECK_EQ(tlsql_conn_phase(e.conn), TLSQL_PHASE_GREETING);
  grown.later[15] = 0;
  CHECK_CODE(tlsql_client_greeting_facts(e.conn, &grown.now, NULL, 0), TLSQL_OK);
  end_free(&e);
}

/* Without TLS: the login that the host wrote, bytes read ahead, and the plain outcome. */
static void in_clear(void)
{
  tlsql_context *disabled = context_of(TLSQL_CLIENT, disabled_options);
  for (int sent = 0; sent < 2; sent++) {
    tlsql_request r = test_request(), seen = test_request();
    pair p;
    pair_open(&p, disabled, server_context);
    CHECK_CODE(tlsql_client_greeting_read(p.c.conn, greeting57 + 4, 74, 0,
                                          (const uint8_t *)TLSQL_STR("x")),
               TLSQL_OK);                        /* looked at, not taken */
    CHECK_EQ(tlsql_conn_will_use_tls(p.c.conn), 0);
    CHECK_CODE(sent ? tlsql_client_request_sent(p.c.conn, &r)
                    : tlsql_client_start(p.c.conn, &r), TLSQL_OK);
    CHECK_EQ(r.capabilities, TEST_CAPS);
    CHECK_EQ(tlsql_conn_sequence(p.c.conn), 1);
    bytes_add(&p.c.in, TLSQL_STR("x"));
    /* Counts that are all 0 do not mean that nothing is left to do: the event came. */
    CHECK_CODE(end_step(&p.c, &in_place), TLSQL_OK);
    CHECK_EQ(p.c.step.events, TLSQL_EVENT_PLAIN);
    CHECK_EQ(p.c.step.wire_in_used + p.c.step.wire_out_made + p.c.step.view_len, 0);
    CHECK_EQ(p.c.got.len, 0);
    while (end_turn(&p.c, &in_place)) continue;
    CHECK_EQ(p.c.events[0], TLSQL_EVENT_PLAIN);
    CHECK_EQ(tlsql_conn_outcome(p.c.conn), TLSQL_OUTCOME_PLAIN_DISABLED);
    CHECK(p.c.got.len == 1 && p.c.got.at[0] == 'x');
    CHECK_EQ(p.c.out.len, 0);

    CHECK_CODE(tlsql_server_greeting_sent(p.s.conn, GREETING57_CAPS), TLSQL_OK);
    plain_login(&p.c.say);
    CHECK_CODE(tlsql_server_request_read(p.s.conn, p.c.say.at + 4, p.c.say.len - 4, 1), TLSQL_OK);
    end_say(&p.s, 100, 1);
    while (end_turn(&p.s, &in_place)) continue;
    CHECK_EQ(p.s.events[0], TLSQL_EVENT_PLAIN);
    CHECK_EQ(p.s.event_count, 1);
    CHECK_EQ(p.s.got.len, 0);                    /* the host has that packet already */
    CHECK(bytes_equal(&p.s.out, &p.s.say));
    CHECK_CODE(tlsql_conn_request(p.s.conn, &seen), TLSQL_OK);
    CHECK_EQ(seen.capabilities, TEST_CAPS);
    CHECK_EQ(seen.max_packet, 1 << 24);
    CHECK_EQ(seen.charset, 45);
    CHECK_EQ(tlsql_conn_sequence(p.s.conn), 2);
    pair_free(&p);
  }
  tlsql_context_free(disabled);
}

/* A refusal by ssl-mode comes from the call that tells the greeting. */
static void refusals(void)
{
  uint8_t no_tls[74];
  end c;
  tlsql_context *preferred = context_of(TLSQL_CLIENT, preferred_options);
  memcpy(no_tls, greeting57 + 4, sizeof no_tls);
  no_tls[GREETING_LOW_CAPS - 4] &= (uint8_t)~CLIENT_SSL_HIGH_BIT;

  end_open(&c, client_context, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_read(c.conn, no_tls, 74, 0, NULL, 0), TLSQL_E_NO_TLS_OFFERED);
  CHECK_CODE(end_step(&c, &wide), TLSQL_E_NO_TLS_OFFERED);
  CHECK_EQ(c.out.len, 0);
  CHECK_EQ(tlsql_conn_will_use_tls(c.conn), 0);
  end_free(&c);

  end_open(&c, preferred, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_read(c.conn, no_tls, 74, 0, (const uint8_t *)TLSQL_STR("ab")),
             TLSQL_OK);
  CHECK_EQ(tlsql_conn_will_use_tls(c.conn), 0);
  CHECK_CODE(tlsql_client_start(c.conn, &c.request), TLSQL_OK);
  CHECK_EQ(c.request.capabilities & CLIENT_SSL, 0);
  end_step(&c, &wide);
  CHECK_EQ(c.step.events, TLSQL_EVENT_PLAIN);
  CHECK_EQ(tlsql_conn_outcome(c.conn), TLSQL_OUTCOME_PLAIN_NO_TLS);
  end_free(&c);

  end_open(&c, preferred, TLSQL_CLIENT);         /* a local transport needs no TLS */
  CHECK_CODE(tlsql_conn_set(c.conn, TLSQL_STR("transport"), TLSQL_STR("unix"), NULL), TLSQL_OK);
  CHECK_CODE(tlsql_client_greeting_read(c.conn, greeting57 + 4, 74, 0, NULL, 0), TLSQL_OK);
  CHECK_EQ(tlsql_conn_will_use_tls(c.conn), 0);
  CHECK_CODE(tlsql_client_start(c.conn, &c.request), TLSQL_OK);
  end_step(&c, &wide);
  CHECK_EQ(tlsql_conn_outcome(c.conn), TLSQL_OUTCOME_PLAIN_LOCAL);
  CHECK_EQ(tlsql_conn_secure_transport(c.conn), 1);
  end_free(&c);

  end_open(&c, client_context, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_read(c.conn, greeting57 + 4, 74, 1, NULL, 0), TLSQL_E_SEQUENCE);
  end_free(&c);
  end_open(&c, client_context, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_read(c.conn, greeting57 + 4, 40, 0, NULL, 0), TLSQL_E_GREETING);
  end_free(&c);
  end_open(&c, client_context, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_read(c.conn, (const uint8_t *)TLSQL_STR("\xff\x69\x04no"), 0,
                                        NULL, 0),
             TLSQL_E_SERVER_ERROR);
  CHECK_EQ(conn_error(c.conn).mysql_errno, 1129);
  CHECK_EQ(conn_error(c.conn).flags, TLSQL_ERROR_UNAUTHENTICATED);
  end_free(&c);
  tlsql_context_free(preferred);
}

/* What a host must not have told: a wrong call, and the connection lives on. */
static void contradictions(void)
{
  tlsql_context *off = context_of(TLSQL_SERVER, off_options);
  tlsql_context *disabled = context_of(TLSQL_CLIENT, disabled_options);
  tlsql_request r = test_request();
  end e;

  end_open(&e, client_context, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_read(e.conn, greeting57 + 4, 74, 0, NULL, 0), TLSQL_OK);
  CHECK_CODE(tlsql_client_request_sent(e.conn, &r), TLSQL_E_ARGUMENT);   /* a plain login? */
  CHECK_EQ(tlsql_conn_phase(e.conn), TLSQL_PHASE_NEGOTIATE);
  r.capabilities |= CLIENT_SSL;
  CHECK_CODE(tlsql_client_request_sent(e.conn, &r), TLSQL_OK);
  CHECK_CODE(tlsql_client_request_sent(e.conn, &r), TLSQL_E_STATE);
  end_free(&e);

  end_open(&e, disabled, TLSQL_CLIENT);
  CHECK_CODE(tlsql_client_greeting_read(e.conn, greeting57 + 4, 74, 0, NULL, 0), TLSQL_OK);
  CHECK_CODE(tlsql_client_request_sent(e.conn, &r), TLSQL_E_ARGUMENT);
  r.capabilities &= ~CLIENT_SSL;
  CHECK_CODE(tlsql_client_request_sent(e.conn, &r), TLSQL_OK);
  end_free(&e);

  end_open(&e, off, TLSQL_SERVER);
  CHECK_EQ(tlsql_conn_will_use_tls(e.conn), 0);
  CHECK_CODE(tlsql_server_greeting_sent(e.conn, GREETING57_CAPS), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_server_greeting_sent(e.conn, GREETING57_CAPS & ~CLIENT_SSL), TLSQL_OK);
  CHECK_CODE(tlsql_server_request_read(e.conn, ssl_request + 4, 32, 1), TLSQL_E_SSL_REQUEST);
  end_step(&e, &wide);                           /* the ERR packet is still the engine's */
  CHECK(e.out.len == sizeof err1043_tail &&
        memcmp(e.out.at, err1043_tail, sizeof err1043_tail) == 0);
  end_free(&e);

  end_open(&e, server_context, TLSQL_SERVER);    /* a server may keep its TLS to itself */
  CHECK_CODE(tlsql_server_greeting_sent(e.conn, GREETING57_CAPS & ~CLIENT_SSL), TLSQL_OK);
  CHECK_CODE(tlsql_server_request_read(e.conn, ssl_request + 4, 32, 1), TLSQL_E_SSL_REQUEST);
  end_free(&e);

  end_open(&e, server_context, TLSQL_SERVER);
  CHECK_CODE(tlsql_server_greeting_sent(e.conn, GREETING57_CAPS), TLSQL_OK);
  CHECK_CODE(tlsql_server_request_read(e.conn, ssl_request + 4, 32, 0), TLSQL_E_SEQUENCE);
  end_free(&e);

  /* After the request, what is no handshake record is early, and the tail is ours to send. */
  end_open(&e, server_context, TLSQL_SERVER);
  CHECK_CODE(tlsql_server_greeting_sent(e.conn, GREETING57_CAPS), TLSQL_OK);
  CHECK_CODE(tlsql_server_request_read(e.conn, ssl_request + 4, 32, 1), TLSQL_OK);
  plain_login(&e.in);
  while (end_turn(&e, &wide)) continue;
  CHECK_CODE(e.failure, TLSQL_E_EARLY_BYTES);
  CHECK(e.out.len == sizeof err1043_tail &&
        memcmp(e.out.at, err1043_tail, sizeof err1043_tail) == 0);
  end_free(&e);
  tlsql_context_free(off);
  tlsql_context_free(disabled);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  client_context = context_of(TLSQL_CLIENT, client_options);
  server_context = context_of(TLSQL_SERVER, server_options);
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) in_form(&forms[i]);
  facts_are_enough("5.7.29");
  facts_are_enough("10.11.5-MariaDB");
  facts_are_enough("");                          /* not known */
  facts_refused();
  in_clear();
  refusals();
  contradictions();
  tlsql_context_free(client_context);
  tlsql_context_free(server_context);
  return check_report("host_packets");
}
