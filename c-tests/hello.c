/* Two contexts behind one port: the host sees the name in the ClientHello and chooses. */
#include "pair.h"

static const char *const front_options[] = {
  "ssl-cert", "@wrongname-cert.pem", "ssl-key", "@wrongname-key.pem", "tlsql_hello_event", "ON", NULL
};
static const char *const any_server[] = { "ssl-mode", "REQUIRED", NULL };
static const char *const off[] = { "ssl", "OFF", NULL };

static tlsql_context *front, *tenant, *client, *without;

/* The SNI, as the call that has room for it and the one that asks for its size have it. */
static void expect_name(const tlsql_conn *conn, const char *name)
{
  char text[256];
  size_t needed = 0;
  CHECK_CODE(tlsql_conn_hello_name(conn, NULL, 0, &needed), TLSQL_E_ROOM);
  CHECK_EQ(needed, strlen(name) + 1);
  memset(text, 'x', sizeof text);
  CHECK_CODE(tlsql_conn_hello_name(conn, text, needed - 1, &needed), TLSQL_E_ROOM);
  CHECK_EQ(text[0], 'x');
  CHECK_CODE(tlsql_conn_hello_name(conn, text, sizeof text, &needed), TLSQL_OK);
  CHECK_TEXT(text, name);
  CHECK_CODE(tlsql_conn_hello_name(conn, text, sizeof text, NULL), TLSQL_E_NULL);
}

/* Both ends up to the server's event. */
static void open_until_hello(pair *p, const char *sni, const limits *m)
{
  long turns = 0;
  pair_open(p, client, front);
  if (sni) CHECK_CODE(tlsql_conn_set(p->c.conn, TLSQL_STR("sni"), sni, strlen(sni), NULL), TLSQL_OK);
  while (!(p->s.step.events & TLSQL_EVENT_HELLO) && CHECK(++turns < 100000)) {
    end_turn(&p->c, m);
    end_deliver(&p->c, &p->s);
    end_turn(&p->s, m);
    end_deliver(&p->s, &p->c);
  }
  CHECK_EQ(tlsql_conn_phase(p->s.conn), TLSQL_PHASE_HANDSHAKE);
  CHECK_EQ(p->s.step.wire_out_made, 0);
}

static void expect_subject(pair *p, const char *subject)
{
  uint8_t name[200];
  size_t len = 0;
  pair_pump(p, &wide, &wide);
  CHECK_EQ(tlsql_conn_phase(p->c.conn), TLSQL_PHASE_TLS);
  CHECK_EQ(tlsql_conn_phase(p->s.conn), TLSQL_PHASE_TLS);
  CHECK_CODE(tlsql_conn_peer_subject(p->c.conn, TLSQL_NAME_OPENSSL3, name, sizeof name, &len), TLSQL_OK);
  CHECK(len == strlen(subject) && memcmp(name, subject, len) == 0);
}

/* Any way in which the bytes come, and with either choice. */
static void choices(void)
{
  static const limits byte = { 1, 1, 1, 1, 0 };
  const limits *const ways[] = { &wide, &in_place, &byte };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    for (int chooses = 0; chooses < 2; chooses++) {
      pair p;
      open_until_hello(&p, "LocalHost", ways[i]);
      expect_name(p.s.conn, "localhost");
      if (chooses) CHECK_CODE(tlsql_conn_use_context(p.s.conn, tenant), TLSQL_OK);
      expect_subject(&p, chooses ? "/CN=tlsql test server" : "/CN=tlsql wrong name");
      pair_free(&p);
    }
  }
}

static void expect_explained(const tlsql_conn *conn, tlsql_code code, const char *words)
{
  tlsql_error e = fresh_error();
  CHECK_CODE(tlsql_conn_explain(conn, code, &e), TLSQL_OK);
  CHECK_CODE(e.code, code);
  CHECK_HOLDS(e.message, words);
}

/* Each wrong choice has its code, and changes nothing. */
static void refusals(void)
{
  pair p;
  char text[8];
  size_t needed = 0;
  pair_open(&p, client, front);
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, tenant), TLSQL_E_NO_HELLO);
  CHECK_CODE(tlsql_conn_hello_name(p.s.conn, text, sizeof text, &needed), TLSQL_E_NO_HELLO);
  CHECK_CODE(tlsql_conn_use_context(p.c.conn, tenant), TLSQL_E_NO_HELLO);
  expect_explained(p.s.conn, TLSQL_E_NO_HELLO, "tlsql_hello_event=ON");
  pair_free(&p);

  open_until_hello(&p, NULL, &wide);
  expect_name(p.s.conn, "");
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, client), TLSQL_E_ARGUMENT);
  expect_explained(p.s.conn, TLSQL_E_ARGUMENT, "of the other role");
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, without), TLSQL_E_CONTEXT_NO_TLS);
  expect_explained(p.s.conn, TLSQL_E_CONTEXT_NO_TLS, "ssl=OFF is set");
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, tenant), TLSQL_OK);
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, tenant), TLSQL_E_CONTEXT_CHOSEN);
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, NULL), TLSQL_E_NULL);
  expect_explained(p.s.conn, TLSQL_E_CONTEXT_CHOSEN, "once");
  expect_subject(&p, "/CN=tlsql test server");
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, tenant), TLSQL_E_NO_HELLO);
  pair_free(&p);
}

/* The handle may be freed as soon as it was chosen. */
static void lifetimes(void)
{
  tlsql_context *mine = context_of(TLSQL_SERVER, server_options);
  char value[20];
  size_t needed = 0;
  pair p;
  open_until_hello(&p, "localhost", &wide);
  CHECK_CODE(tlsql_conn_use_context(p.s.conn, mine), TLSQL_OK);
  tlsql_context_free(mine);
  expect_subject(&p, "/CN=tlsql test server");
  CHECK_CODE(tlsql_conn_status(p.s.conn, TLSQL_STR("Ssl_finished_accepts"), value, sizeof value,
                               &needed), TLSQL_OK);
  CHECK_TEXT(value, "1");
  end_say(&p.c, 30000, 1);
  pair_pump(&p, &wide, &wide);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  pair_free(&p);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  front = context_of(TLSQL_SERVER, front_options);
  tenant = context_of(TLSQL_SERVER, server_options);
  client = context_of(TLSQL_CLIENT, any_server);
  without = context_of(TLSQL_SERVER, off);
  choices();
  refusals();
  lifetimes();
  tlsql_context_free(front);
  tlsql_context_free(tenant);
  tlsql_context_free(client);
  tlsql_context_free(without);
  return check_report("hello");
}
