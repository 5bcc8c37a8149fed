/* A session that a host takes out of one connection of a client and offers on another. */
#include "pair.h"

static const char *const versions[] = { "TLSv1.2", "TLSv1.3" };
static tlsql_context *server;

static tlsql_context *client_of(const char *version, const char *mode)
{
  const char *options[] = { "ssl-mode", mode, "ssl-ca", "@ca.pem", "tls-version", version, NULL };
  return context_of(TLSQL_CLIENT, options);
}

static void set(end *e, const char *name, const char *value)
{
  CHECK_CODE(tlsql_conn_set(e->conn, name, strlen(name), value, strlen(value), NULL), TLSQL_OK);
}

/* A connection to localhost at this port, before its first step. */
static void open_at(pair *p, tlsql_context *client, const char *port)
{
  pair_open(p, client, server);
  set(&p->c, "port", port);
  set(&p->c, "verify_name", "localhost");
}

/* Both ends to TLS, with traffic; whether the client was to resume. */
static void secure(pair *p, uint32_t resumed)
{
  pair_pump(p, &wide, &wide);
  CHECK_EQ(tlsql_conn_phase(p->c.conn), TLSQL_PHASE_TLS);
  CHECK_EQ(tlsql_conn_phase(p->s.conn), TLSQL_PHASE_TLS);
  CHECK_EQ(tlsql_conn_resumed(p->c.conn), resumed);
  CHECK_EQ(tlsql_conn_resumed(p->s.conn), resumed);
  end_say(&p->c, 5000, 1);
  end_say(&p->s, 5000, 2);
  pair_pump(p, &wide, &wide);
  CHECK(bytes_equal(&p->s.got, &p->c.say) && bytes_equal(&p->c.got, &p->s.say));
}

/* A session of localhost, port 3306; the connection it came from is gone.  That resumed itself if
 * the context had another session. */
static tlsql_session *taken(tlsql_context *client, uint32_t resumed)
{
  tlsql_session *session = NULL;
  pair p;
  open_at(&p, client, "3306");
  secure(&p, resumed);
  CHECK_CODE(tlsql_conn_session(p.c.conn, &session), TLSQL_OK);
  CHECK(session != NULL);
  pair_free(&p);
  return session;
}

/* Offers the session to localhost at this port. */
static void offered(tlsql_context *client, const tlsql_session *session, const char *port,
                    uint32_t resumed)
{
  pair p;
  open_at(&p, client, port);
  CHECK_CODE(tlsql_conn_set_session(p.c.conn, session), TLSQL_OK);
  secure(&p, resumed);
  CHECK(tlsql_conn_verified(p.c.conn) & TLSQL_VERIFY_NAME);
  pair_free(&p);
}

static void expect_state(const tlsql_conn *conn, tlsql_code rc, const char *words)
{
  tlsql_error e = fresh_error();
  CHECK_CODE(rc, TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_explain(conn, rc, &e), TLSQL_OK);
  CHECK_HOLDS(e.message, words);
}

/* The session outlives the connection and the context that it came from, and they outlive it. */
static void another_context_resumes(const char *version)
{
  tlsql_context *from = client_of(version, "VERIFY_IDENTITY");
  tlsql_context *to = client_of(version, "VERIFY_IDENTITY");
  tlsql_session *session = taken(from, 0);
  pair p;
  tlsql_context_free(from);
  offered(to, session, "3306", 1);
  tlsql_session_free(session);

  session = taken(to, 1);
  open_at(&p, to, "3306");
  CHECK_CODE(tlsql_conn_set_session(p.c.conn, session), TLSQL_OK);
  tlsql_session_free(session);
  tlsql_context_free(to);
  secure(&p, 1);
  CHECK_CODE(tlsql_conn_session(p.c.conn, &session), TLSQL_OK);
  pair_free(&p);
  tlsql_session_free(session);
}

/* Another place gets a full handshake, and no other session in its place. */
static void another_place_does_not(const char *version)
{
  tlsql_context *client = client_of(version, "VERIFY_IDENTITY");
  tlsql_session *session = taken(client, 0);
  offered(client, session, "3307", 0);
  tlsql_session_free(session);
  tlsql_context_free(client);
}

static void another_policy_does_not(const char *version)
{
  tlsql_context *client = client_of(version, "VERIFY_IDENTITY");
  tlsql_context *other = client_of(version, "VERIFY_CA");
  tlsql_session *session = taken(client, 0);
  tlsql_error e = fresh_error();
  pair p;
  open_at(&p, other, "3306");
  CHECK_CODE(tlsql_conn_set_session(p.c.conn, session), TLSQL_E_SESSION_POLICY);
  CHECK_CODE(tlsql_conn_explain(p.c.conn, TLSQL_E_SESSION_POLICY, &e), TLSQL_OK);
  CHECK_CODE(e.code, TLSQL_E_SESSION_POLICY);
  CHECK_HOLDS(e.message, "other settings");
  secure(&p, 0);
  pair_free(&p);
  /* It was not spent by that. */
  offered(client, session, "3306", 1);
  tlsql_session_free(session);
  tlsql_context_free(client);
  tlsql_context_free(other);
}

/* RFC 8446 appendix C.4: who sees a ticket twice knows that it is the same client. */
static void twice(const char *version, int is_tls13)
{
  tlsql_context *client = client_of(version, "VERIFY_IDENTITY");
  tlsql_session *session = taken(client, 0);
  offered(client, session, "3306", 1);
  if (!is_tls13) {
    offered(client, session, "3306", 1);
  } else {
    pair p;
    open_at(&p, client, "3309");
    expect_state(p.c.conn, tlsql_conn_set_session(p.c.conn, session), "one of TLS 1.3");
    secure(&p, 0);
    pair_free(&p);
  }
  tlsql_session_free(session);
  tlsql_context_free(client);
}

static void at_the_wrong_time(const char *version)
{
  tlsql_context *client = client_of(version, "VERIFY_IDENTITY");
  tlsql_session *session = taken(client, 0), *second = taken(client, 1), *none = session;
  pair p;
  open_at(&p, client, "3306");
  expect_state(p.c.conn, tlsql_conn_session(p.c.conn, &none), "while the connection is in TLS");
  CHECK(none == NULL);
  expect_state(p.s.conn, tlsql_conn_set_session(p.s.conn, session), "a server offers no session");
  CHECK_CODE(tlsql_conn_set_session(p.c.conn, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_session(p.c.conn, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_set_session(p.c.conn, session), TLSQL_OK);
  expect_state(p.c.conn, tlsql_conn_set_session(p.c.conn, second), "a session is set already");
  secure(&p, 1);
  none = session;
  expect_state(p.s.conn, tlsql_conn_session(p.s.conn, &none), "a server has no sessions");
  CHECK(none == NULL);
  expect_state(p.c.conn, tlsql_conn_set_session(p.c.conn, second), "the connection has begun");
  pair_free(&p);
  tlsql_session_free(session);
  tlsql_session_free(second);
  tlsql_context_free(client);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  server = context_of(TLSQL_SERVER, server_options);
  for (int i = 0; i < 2; i++) {
    another_context_resumes(versions[i]);
    another_place_does_not(versions[i]);
    another_policy_does_not(versions[i]);
    twice(versions[i], i);
    at_the_wrong_time(versions[i]);
  }
  tlsql_context_free(server);
  return check_report("sessions");
}
