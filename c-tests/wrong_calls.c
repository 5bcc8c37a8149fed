/* A wrong call has its own number, changes nothing and is no failure of its object: each is made in
 * the middle of a conversation, and the conversation goes on as if it had not been. */
#include "pair.h"

static tlsql_context *client_context, *server_context;

static tlsql_step fresh_step(void)
{
  tlsql_step s;
  memset(&s, 0, sizeof s);
  s.struct_size = (uint32_t)sizeof s;
  return s;
}

/* The connection is as it was, and remembers nothing. */
static void unharmed(const end *e, uint32_t phase)
{
  CHECK_EQ(tlsql_conn_phase(e->conn), phase);
  CHECK_CODE(conn_error(e->conn).code, TLSQL_OK);
}

static void flags(end *e)
{
  uint32_t phase = tlsql_conn_phase(e->conn);
  for (uint32_t bit = 1; bit; bit <<= 1) {
    tlsql_step s = fresh_step();
    s.flags = bit;
    s.events = 0xffffffffu;
    s.wire_in_used = s.wire_out_made = s.app_in_used = s.app_out_made = s.view_len = 99;
    CHECK_CODE(tlsql_conn_step(e->conn, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &s),
               TLSQL_E_ARGUMENT);
    CHECK_EQ(s.wire_in_used + s.wire_out_made + s.app_in_used + s.app_out_made + s.view_len, 0);
    CHECK_EQ(s.events, 0);
  }
  unharmed(e, phase);
}

/* Every two of the five areas, overlapping by one byte at either end, or one inside the other. */
static void overlaps(end *e)
{
  uint32_t phase = tlsql_conn_phase(e->conn);
  static const size_t shifts[] = { 0, 1, 50, 99 };
  uint8_t area[400], before[400];
  for (size_t i = 0; i < sizeof area; i++) area[i] = before[i] = (uint8_t)i;
  for (int a = 0; a < 4; a++) {
    for (int b = 0; b < 4; b++) {
      for (size_t k = 0; k < sizeof shifts / sizeof *shifts && a != b; k++) {
        uint8_t *at[4] = { NULL, NULL, NULL, NULL };
        size_t len[4] = { 0, 0, 0, 0 };
        tlsql_step s = fresh_step();
        at[a] = area;
        at[b] = area + shifts[k];
        len[a] = len[b] = 100;
        CHECK_CODE(tlsql_conn_step(e->conn, at[0], len[0], at[1], len[1], at[2], len[2],
                                   at[3], len[3], &s), TLSQL_E_OVERLAP);
        CHECK_EQ(s.wire_in_used + s.wire_out_made + s.app_in_used + s.app_out_made, 0);
        CHECK_EQ(s.events, 0);
      }
    }
  }
  CHECK(memcmp(area, before, sizeof area) == 0);
  unharmed(e, phase);
}

/* The result in one of the four, or a record's length in the record: no byte changes. */
static void results_in_buffers(end *e)
{
  uint32_t phase = tlsql_conn_phase(e->conn);
  tlsql_step area[3], before[3];
  uint8_t *bytes = (uint8_t *)area;
  for (size_t i = 0; i < sizeof area; i++) bytes[i] = (uint8_t)i;
  area[1] = fresh_step();
  memcpy(before, area, sizeof area);
  for (int a = 0; a < 4; a++) {
    uint8_t *at[4] = { NULL, NULL, NULL, NULL };
    size_t len[4] = { 0, 0, 0, 0 };
    at[a] = bytes;
    len[a] = sizeof area;
    CHECK_CODE(tlsql_conn_step(e->conn, at[0], len[0], at[1], len[1], at[2], len[2], at[3],
                               len[3], &area[1]), TLSQL_E_OVERLAP);
    at[a] = (uint8_t *)&area[1] + sizeof area[1] - 1;
    len[a] = 1;
    CHECK_CODE(tlsql_conn_step(e->conn, at[0], len[0], at[1], len[1], at[2], len[2], at[3],
                               len[3], &area[1]), TLSQL_E_OVERLAP);
  }
  CHECK_CODE(tlsql_conn_step(e->conn, bytes, sizeof area, NULL, 1, NULL, 0, NULL, 0, &area[1]),
             TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_step(e->conn, bytes, sizeof area, bytes, (size_t)-1, NULL, 0, NULL, 0,
                             &area[1]), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_seal(e->conn, bytes, sizeof area, 10, (size_t *)(void *)area),
             TLSQL_E_OVERLAP);
  CHECK_CODE(tlsql_conn_seal(e->conn, bytes, sizeof area, 10, (size_t *)(void *)&area[2]),
             TLSQL_E_OVERLAP);
  CHECK(memcmp(area, before, sizeof area) == 0);
  unharmed(e, phase);
}

/* Adjacent is not overlapping, and neither is length 0 inside another buffer. */
static void neighbours(end *e)
{
  uint8_t area[64];
  tlsql_step s = fresh_step();
  memset(area, 0, sizeof area);
  CHECK_CODE(tlsql_conn_step(e->conn, area, 0, area, 16, area + 16, 0, area + 16, 16, &s),
             TLSQL_OK);
  CHECK_CODE(tlsql_conn_step(e->conn, area + 8, 0, area, 16, area + 4, 0, area + 8, 0, &s),
             TLSQL_OK);
}

/* Calls that belong to another role or to another moment. */
static void misplaced(end *e)
{
  uint32_t phase = tlsql_conn_phase(e->conn);
  tlsql_request r = test_request();
  tlsql_error refusal = fresh_error();
  tlsql_greeting g;
  uint8_t buf[100];
  size_t n = 0;
  memset(&g, 0, sizeof g);
  g.struct_size = (uint32_t)sizeof g;
  g.capabilities = GREETING57_CAPS;
  memset(buf, 0, sizeof buf);
  if (e->role == TLSQL_CLIENT) {
    CHECK_CODE(tlsql_server_start(e->conn, greeting57 + 4, 74), TLSQL_E_STATE);
    CHECK_CODE(tlsql_server_greeting_sent(e->conn, GREETING57_CAPS), TLSQL_E_STATE);
    CHECK_CODE(tlsql_server_request_read(e->conn, ssl_request + 4, 32, 1), TLSQL_E_STATE);
    CHECK_CODE(tlsql_conn_check_transport(e->conn, &refusal), TLSQL_E_STATE);
    if (phase != TLSQL_PHASE_NEGOTIATE) {
      CHECK_CODE(tlsql_client_start(e->conn, &r), TLSQL_E_STATE);
      CHECK_EQ(r.capabilities, TEST_CAPS);
      CHECK_CODE(tlsql_client_request_sent(e->conn, &r), TLSQL_E_STATE);
    }
    if (phase != TLSQL_PHASE_GREETING) {
      CHECK_CODE(tlsql_client_greeting_read(e->conn, greeting57 + 4, 74, 0, NULL, 0),
                 TLSQL_E_STATE);
      CHECK_CODE(tlsql_client_greeting_facts(e->conn, &g, NULL, 0), TLSQL_E_STATE);
    }
  } else {
    CHECK_CODE(tlsql_client_greeting_facts(e->conn, &g, NULL, 0), TLSQL_E_STATE);
    CHECK_CODE(tlsql_client_start(e->conn, &r), TLSQL_E_STATE);
    CHECK_CODE(tlsql_client_greeting_read(e->conn, greeting57 + 4, 74, 0, NULL, 0),
                 TLSQL_E_STATE);
    CHECK_CODE(tlsql_client_request_sent(e->conn, &r), TLSQL_E_STATE);
    if (phase != TLSQL_PHASE_GREETING) {
      CHECK_CODE(tlsql_server_start(e->conn, greeting57 + 4, 74), TLSQL_E_STATE);
      CHECK_CODE(tlsql_server_greeting_sent(e->conn, GREETING57_CAPS), TLSQL_E_STATE);
    }
    if (phase != TLSQL_PHASE_NEGOTIATE)
      CHECK_CODE(tlsql_server_request_read(e->conn, ssl_request + 4, 32, 1), TLSQL_E_STATE);
  }
  if (phase != TLSQL_PHASE_TLS) {
    CHECK_CODE(tlsql_conn_rekey(e->conn), TLSQL_E_STATE);
    CHECK_CODE(tlsql_conn_seal(e->conn, buf, sizeof buf, 1, &n), TLSQL_E_STATE);
    CHECK_EQ(tlsql_conn_outcome(e->conn), TLSQL_OUTCOME_NONE);
    CHECK_EQ(tlsql_conn_peer_cert_count(e->conn), 0);
  }
  unharmed(e, phase);
}

/* A refusal says why, and is not remembered; a struct of another size changes nothing. */
static void refused_fact(end *e, const char *name, const char *value, tlsql_code wanted)
{
  tlsql_error why = fresh_error();
  CHECK_CODE(tlsql_conn_set(e->conn, name, strlen(name), value, strlen(value), NULL), wanted);
  CHECK_CODE(tlsql_conn_set(e->conn, name, strlen(name), value, strlen(value), &why), wanted);
  CHECK_CODE(why.code, wanted);
  CHECK_EQ(why.mysql_errno, 2026);
  CHECK_TEXT(why.option, name);
  check_sentence(&why);
  CHECK_HOLDS(why.message, name);
  CHECK_CODE(tlsql_conn_set(e->conn, TLSQL_STR("transport"), TLSQL_STR("tcp"), &why), TLSQL_OK);
  CHECK_CODE(why.code, TLSQL_OK);
  CHECK_TEXT(why.message, "");
  why.struct_size = 4;
  CHECK_CODE(tlsql_conn_set(e->conn, TLSQL_STR("transport"), TLSQL_STR("unix"), &why),
             TLSQL_E_STRUCT_SIZE);
  CHECK_CODE(conn_error(e->conn).code, TLSQL_OK);
}

/* Names and values of conn_set; after the first step the facts are fixed. */
static void facts(end *e, int stepped)
{
  static const char *const known[][2] = {
    { "host", "localhost" }, { "port", "3306" }, { "transport", "tcp" },
    { "verify_name", "localhost" }, { "verify-name", "localhost" }, { "sni", "localhost" },
  };
  uint32_t phase = tlsql_conn_phase(e->conn);
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (e->role == TLSQL_SERVER && strcmp(known[i][0], "transport") != 0) continue;
    CHECK_CODE(tlsql_conn_set(e->conn, known[i][0], strlen(known[i][0]), known[i][1],
                              strlen(known[i][1]), NULL), stepped ? TLSQL_E_STATE : TLSQL_OK);
  }
  if (!stepped) {
    refused_fact(e, "bogus", "x", TLSQL_E_OPTION_NAME);
    refused_fact(e, "ssl-mode", "DISABLED", TLSQL_E_OPTION_NAME);
    refused_fact(e, "transport", "pigeon", TLSQL_E_OPTION_VALUE);
    if (e->role == TLSQL_CLIENT) refused_fact(e, "port", "70000", TLSQL_E_OPTION_VALUE);
  }
  unharmed(e, phase);
}

static void getters_out_of_range(end *e)
{
  const uint8_t *der = NULL;
  size_t n = 0, count = tlsql_conn_peer_cert_count(e->conn);
  uint8_t buf[64];
  char text[8];
  const tlsql_code past = count ? TLSQL_E_ARGUMENT : TLSQL_E_STATE;
  CHECK_CODE(tlsql_conn_peer_cert(e->conn, count, &der, &n), past);
  CHECK_CODE(tlsql_conn_peer_cert(e->conn, (size_t)-1, &der, &n), past);
  CHECK_CODE(tlsql_conn_peer_fingerprint(e->conn, 255, buf, sizeof buf, &n),
             count ? TLSQL_E_ARGUMENT : TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_status(e->conn, TLSQL_STR("Ssl_bogus"), text, sizeof text, &n),
             TLSQL_E_OPTION_NAME);
}

static void wrong_everything(pair *p, int stepped)
{
  end *ends[2];
  ends[0] = &p->c;
  ends[1] = &p->s;
  for (int i = 0; i < 2; i++) {
    misplaced(ends[i]);
    facts(ends[i], stepped);
    flags(ends[i]);
    overlaps(ends[i]);
    results_in_buffers(ends[i]);
    getters_out_of_range(ends[i]);
  }
}

int main(int argc, char **argv)
{
  pair p;
  tlsql_greeting g;
  tlsql_request r = test_request();
  tlsql_builder *b = NULL;
  memset(&g, 0, sizeof g);
  g.struct_size = (uint32_t)sizeof g;
  test_arguments(argc, argv, 0);
  client_context = context_of(TLSQL_CLIENT, client_options);
  server_context = context_of(TLSQL_SERVER, server_options);

  pair_open(&p, client_context, server_context);
  CHECK_CODE(tlsql_conn_greeting(p.c.conn, &g), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_request(p.s.conn, &r), TLSQL_E_STATE);
  wrong_everything(&p, 0);
  p.c.by_hand = 1;
  for (int i = 0; i < 3; i++) {
    end_turn(&p.s, &wide);
    end_deliver(&p.s, &p.c);
    end_turn(&p.c, &wide);
  }
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_NEGOTIATE);
  CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_NEGOTIATE);
  wrong_everything(&p, 1);
  /* Capabilities that no client of protocol 4.1 can have, or a bit that contradicts. */
  r.capabilities = TEST_CAPS;
  CHECK_CODE(tlsql_client_request_sent(p.c.conn, &r), TLSQL_E_ARGUMENT);
  unharmed(&p.c, TLSQL_PHASE_NEGOTIATE);
  p.c.by_hand = 0;
  end_turn(&p.c, &wide);
  end_turn(&p.c, &wide);
  end_deliver(&p.c, &p.s);
  end_turn(&p.s, &wide);
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_HANDSHAKE);
  CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_HANDSHAKE);
  wrong_everything(&p, 1);
  pair_pump(&p, &wide, &wide);
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
  CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_TLS);
  wrong_everything(&p, 1);
  neighbours(&p.c);
  neighbours(&p.s);
  end_say(&p.c, 5000, 1);
  end_say(&p.s, 6000, 2);
  pair_pump(&p, &wide, &in_place);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  pair_free(&p);

  /* A builder, too, is as it was. */
  CHECK_CODE(tlsql_builder_new(TLSQL_SERVER, &b), TLSQL_OK);
  CHECK_CODE(set_option(b, "ssl-mode", "REQUIRED"), TLSQL_E_OPTION_NAME);   /* a client's */
  CHECK_CODE(set_option(b, "require_secure_transport", "maybe"), TLSQL_E_OPTION_VALUE);
  tlsql_builder_free(b);
  tlsql_context_free(client_context);
  tlsql_context_free(server_context);
  return check_report("wrong_calls");
}
