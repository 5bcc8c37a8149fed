/* What a process does with the objects that it had before a fork: both go on with contexts and with a
 * session of TLS 1.2, one of them with a connection, which the other one frees. */
#define _POSIX_C_SOURCE 200809L
#include <sys/wait.h>
#include <unistd.h>
#include "pair.h"

static tlsql_context *client, *server;

static void talk(pair *p)
{
  end_say(&p->c, 3000, 1);
  end_say(&p->s, 20000, 2);
  pair_pump(p, &in_place, &wide);
  CHECK(bytes_equal(&p->s.got, &p->c.say));
  CHECK(bytes_equal(&p->c.got, &p->s.say));
}

/* A new connection that offers the session. */
static void resume(const tlsql_session *session)
{
  pair p;
  pair_open(&p, client, server);
  CHECK_CODE(tlsql_conn_set_session(p.c.conn, session), TLSQL_OK);
  talk(&p);
  CHECK_EQ(tlsql_conn_resumed(p.c.conn), 1);
  pair_free(&p);
}

static void go_on_in_both(const char *version)
{
  const char *options[] = { "ssl-mode", "VERIFY_CA", "ssl-ca", "@ca.pem",
                            "tls-version", version, NULL };
  tlsql_session *session = NULL;
  int is_shared = !strcmp(version, "TLSv1.2"), status = -1;
  pid_t child;
  pair p;
  client = context_of(TLSQL_CLIENT, options);
  if (!pair_secure(&p, client, server)) return;
  CHECK_CODE(tlsql_conn_session(p.c.conn, &session), TLSQL_OK);

  fflush(NULL);
  child = fork();
  if (!CHECK(child >= 0)) return;
  if (child == 0) {
    pair_free(&p);
    if (is_shared) resume(session);
    tlsql_session_free(session);
    pair_open(&p, client, server);
    talk(&p);
    pair_free(&p);
    tlsql_context_free(client);
    tlsql_context_free(server);
    fflush(NULL);
    _exit(check_failures != 0);
  }
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  talk(&p);
  CHECK_CODE(tlsql_conn_close(p.c.conn), TLSQL_OK);
  pair_pump(&p, &wide, &wide);
  CHECK_EQ(tlsql_conn_peer_closed(p.s.conn), 1);
  pair_free(&p);
  resume(session);
  tlsql_session_free(session);
  tlsql_context_free(client);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  server = context_of(TLSQL_SERVER, server_options);
  go_on_in_both("TLSv1.2");
  go_on_in_both("TLSv1.3");
  tlsql_context_free(server);
  return check_report("forks");
}
