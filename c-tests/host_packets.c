/* Hosts that read and write the MySQL packets themselves and tell the engine: what existing
 * clients and servers do.  Nothing but TLS crosses the engine's wire then. */
#include "pair.h"

static tlsql_context *client_context, *server_context;

static const char *const disabled_options[] = { "ssl-mode", "DISABLED", NULL };
static const char *const preferred_options[] = { "ssl-mode", "PREFERRED", NULL };
static const char *const off_options[] = { "ssl", "OFF", NULL };

/* Every mixture of forms: the client is told the greeting and writes the SSLRequest or not, the
 * server is told its greeting and the request or not.  The host carries what it wrote. */
static void mixtures(void)
{
  for (int form = 0; form < 16; form++) {
    int c_told = form & 1, c_sent = form & 2, s_sent = form & 4, s_told = form & 8;
    tlsql_request r = test_request(), seen = test_request();
    tlsql_greeting g;
    pair p;
    pair_open(&p, client_context, server_context);
    p.c.by_hand = p.s.by_hand = 1;

    /* the greeting */
    CHECK_EQ(tlsql_conn_will_use_tls(p.s.conn), 1);
    CHECK_EQ(tlsql_conn_sequence(p.s.conn), 0);
    if (s_sent) {
      CHECK_CODE(tlsql_server_greeting_sent(p.s.conn, GREETING57_CAPS), TLSQL_OK);
      bytes_add(&p.c.in, greeting57, sizeof greeting57);
    } else {
      CHECK_CODE(tlsql_server_start(p.s.conn, greeting57 + 4, 74), TLSQL_OK);
      while (end_turn(&p.s, &wide)) continue;
      end_deliver(&p.s, &p.c);
    }
    CHECK_EQ(p.c.in.len, sizeof greeting57);
    CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_NEGOTIATE);
    if (c_told) {
      CHECK_CODE(tlsql_client_greeting_read(p.c.conn, p.c.in.at + 4, p.c.in.len - 4, 0, NULL, 0),
                 TLSQL_OK);
      p.c.in.len = 0;
    } else {
      while (end_turn(&p.c, &wide)) continue;
      CHECK_EQ(p.c.event_count, 1);
    }
    CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_NEGOTIATE);
    memset(&g, 0, sizeof g);
    g.struct_size = (uint32_t)sizeof g;
    CHECK_CODE(tlsql_conn_greeting(p.c.conn, &g), TLSQL_OK);
    CHECK_EQ(g.protocol, 10);
    CHECK_EQ(g.connection_id, 3);
    CHECK_EQ(g.capabilities, GREETING57_CAPS);
    CHECK_EQ(g.charset, 8);
    CHECK_EQ(g.status, 2);
    CHECK_EQ(g.payload_len, 74);
    CHECK(memcmp(g.payload, greeting57 + 4, 74) == 0);
    CHECK(g.server_version_len == 6 && memcmp(g.server_version, "5.7.29", 6) == 0);
    CHECK(g.auth_plugin_len == 21 && memcmp(g.auth_plugin, "mysql_native_password", 21) == 0);
    CHECK(g.auth_data_len == 20 &&
          memcmp(g.auth_data, "%Nd\x1e\x04" "EpjE:j(,V,\x1f" "8@SB", 20) == 0);

    /* the SSLRequest */
    CHECK_EQ(tlsql_conn_will_use_tls(p.c.conn), 1);
    if (c_sent) {
      r.capabilities |= CLIENT_SSL;
      CHECK_CODE(tlsql_client_request_sent(p.c.conn, &r), TLSQL_OK);
      bytes_add(&p.s.in, ssl_request, sizeof ssl_request);
    } else {
      CHECK_CODE(tlsql_client_start(p.c.conn, &r), TLSQL_OK);
      CHECK_EQ(r.capabilities, TEST_CAPS | CLIENT_SSL);
    }
    CHECK_EQ(tlsql_conn_sequence(p.c.conn), 2);
    while (end_turn(&p.c, &wide)) continue;
    end_deliver(&p.c, &p.s);
    CHECK(p.s.in.len > sizeof ssl_request + 5);
    CHECK(memcmp(p.s.in.at, ssl_request, sizeof ssl_request) == 0);
    if (s_told) {
      CHECK_CODE(tlsql_server_request_read(p.s.conn, p.s.in.at + 4, 32, 1), TLSQL_OK);
      bytes_drop(&p.s.in, sizeof ssl_request);   /* bytes behind it are presented as wire_in */
      CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_HANDSHAKE);
    }
    end_say(&p.c, 500, 1);
    end_say(&p.s, 600, 2);
    pair_pump(&p, &in_place, &wide);
    CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
    CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_TLS);
    CHECK_EQ(p.c.events[p.c.event_count - 1], TLSQL_EVENT_SECURED);
    CHECK_EQ(p.s.events[p.s.event_count - 1], TLSQL_EVENT_SECURED);
    CHECK(bytes_equal(&p.s.got, &p.c.say));
    CHECK(bytes_equal(&p.c.got, &p.s.say));
    CHECK_CODE(tlsql_conn_request(p.s.conn, &seen), TLSQL_OK);
    CHECK_EQ(seen.capabilities, TEST_CAPS | CLIENT_SSL);
    CHECK_EQ(seen.max_packet, 1 << 24);
    CHECK_EQ(seen.charset, 45);
    CHECK_EQ(tlsql_conn_sequence(p.s.conn), 3);
    pair_free(&p);
  }
}

/* Without TLS: the login that the host wrote, bytes read ahead, and the plain outcome. */
static void in_clear(void)
{
  tlsql_context *disabled = context_of(TLSQL_CLIENT, disabled_options);
  for (int sent = 0; sent < 2; sent++) {
    tlsql_request r = test_request(), seen = test_request();
    pair p;
    pair_open(&p, disabled, server_context);
    CHECK_CODE(tlsql_client_greeting_read(p.c.conn, greeting57 + 4, 74, 0, (const uint8_t *)"x", 1),
               TLSQL_OK);                        /* looked at, not taken */
    CHECK_EQ(tlsql_conn_will_use_tls(p.c.conn), 0);
    CHECK_CODE(sent ? tlsql_client_request_sent(p.c.conn, &r)
                    : tlsql_client_start(p.c.conn, &r), TLSQL_OK);
    CHECK_EQ(r.capabilities, TEST_CAPS);
    CHECK_EQ(tlsql_conn_sequence(p.c.conn), 1);
    bytes_add(&p.c.in, "x", 1);
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
  CHECK_CODE(tlsql_client_greeting_read(c.conn, no_tls, 74, 0, (const uint8_t *)"ab", 2), TLSQL_OK);
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
  CHECK_CODE(tlsql_client_greeting_read(c.conn, (const uint8_t *)"\xff\x69\x04no", 5, 0, NULL, 0),
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
  mixtures();
  in_clear();
  refusals();
  contradictions();
  tlsql_context_free(client_context);
  tlsql_context_free(server_context);
  return check_report("told");
}
