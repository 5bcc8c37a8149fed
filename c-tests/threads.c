/* One client context and one server context, many connections at once in many threads; and one
 * connection that moves from thread to thread. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include "pair.h"

#define THREADS 8

static tlsql_context *client_context, *server_context;
static long rounds = 60;
static int stop;

/* Each thread: handshakes and conversations of its own on the shared contexts. */
static void *talk(void *arg)
{
  uint32_t seed = (uint32_t)(size_t)arg;
  for (long i = 0; i < rounds; i++) {
    tlsql_context *c = NULL, *s = NULL;
    pair p;
    CHECK_CODE(tlsql_context_ref(client_context, &c), TLSQL_OK);
    CHECK_CODE(tlsql_context_ref(server_context, &s), TLSQL_OK);
    pair_open(&p, c, s);
    tlsql_context_free(c);                       /* connections keep theirs */
    tlsql_context_free(s);
    end_say(&p.c, 3000, seed + (uint32_t)i);
    end_say(&p.s, 20000, seed ^ (uint32_t)i);
    pair_pump(&p, &in_place, &wide);
    CHECK(bytes_equal(&p.s.got, &p.c.say));
    CHECK(bytes_equal(&p.c.got, &p.s.say));
    CHECK_EQ(tlsql_conn_verified(p.c.conn) & (TLSQL_VERIFY_TRUST | TLSQL_VERIFY_NAME),
             TLSQL_VERIFY_TRUST | TLSQL_VERIFY_NAME);
    CHECK_CODE(tlsql_conn_close(p.c.conn), TLSQL_OK);
    pair_pump(&p, &wide, &wide);
    CHECK_EQ(tlsql_conn_peer_closed(p.s.conn), 1);
    pair_free(&p);
  }
  return NULL;
}

/* Reads both contexts all the while. */
static void *watch(void *arg)
{
  long turns = 0;
  (void)arg;
  do {
    char text[64];
    size_t n = 0;
    CHECK_CODE(tlsql_context_get(client_context, TLSQL_STR("ssl-mode"), text, sizeof text, &n),
               TLSQL_OK);
    CHECK_TEXT(text, "VERIFY_IDENTITY");
    CHECK_EQ(tlsql_context_has_tls(server_context), 1);
    CHECK_CODE(tlsql_context_status(server_context, TLSQL_STR("Ssl_accepts"), text, sizeof text,
                                    &n),
               TLSQL_OK);
    CHECK(text[0]);
    turns++;
  } while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE));
  CHECK(turns > 0);
  return NULL;
}

static long counter(tlsql_context *ctx, const char *name)
{
  char text[64];
  size_t n = 0;
  CHECK_CODE(tlsql_context_status(ctx, name, strlen(name), text, sizeof text, &n), TLSQL_OK);
  return strtol(text, NULL, 10);
}

static void many_connections(void)
{
  pthread_t threads[THREADS], watcher;
  CHECK_EQ(pthread_create(&watcher, NULL, watch, NULL), 0);
  for (size_t i = 0; i < THREADS; i++)
    CHECK_EQ(pthread_create(&threads[i], NULL, talk, (void *)(i * 1000)), 0);
  for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  pthread_join(watcher, NULL);
  CHECK_EQ(counter(server_context, "Ssl_accepts"), THREADS * rounds);
  CHECK_EQ(counter(server_context, "Ssl_finished_accepts"), THREADS * rounds);
  CHECK_EQ(counter(client_context, "Ssl_client_connects"), THREADS * rounds);
  CHECK_EQ(counter(client_context, "Ssl_finished_connects"), THREADS * rounds);
}

/* A connection may move between threads: each step is made by a new one. */
static void *one_turn(void *arg)
{
  pair *p = (pair *)arg;
  end_turn(&p->c, &wide);
  end_deliver(&p->c, &p->s);
  end_turn(&p->s, &wide);
  end_deliver(&p->s, &p->c);
  return NULL;
}

static void one_connection(void)
{
  pair p;
  pair_open(&p, client_context, server_context);
  end_say(&p.c, 100000, 1);
  end_say(&p.s, 100000, 2);
  for (int i = 0; i < 60 && p.c.got.len + p.s.got.len < 200000; i++) {
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, one_turn, &p), 0);
    pthread_join(thread, NULL);
  }
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  pair_free(&p);
}

/* Two threads in one connection are a host's mistake: the second is told, nothing breaks. */
static void *ask(void *arg)
{
  tlsql_conn *conn = (tlsql_conn *)arg;
  do {
    tlsql_error e = fresh_error();
    tlsql_code rc = tlsql_conn_error(conn, &e);
    uint32_t phase = tlsql_conn_phase(conn);
    CHECK(rc == TLSQL_OK || rc == TLSQL_E_BUSY);
    CHECK(phase == 0 || phase == TLSQL_PHASE_TLS);
    CHECK(tlsql_conn_cipher_name(conn) != NULL);
  } while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE));
  return NULL;
}

static void two_in_one(void)
{
  pair p;
  pthread_t thread;
  pair_secure(&p, client_context, server_context);
  stop = 0;
  CHECK_EQ(pthread_create(&thread, NULL, ask, p.c.conn), 0);
  for (long i = 0; i < rounds * 20; i++) {
    tlsql_step s;
    tlsql_code rc;
    memset(&s, 0x55, sizeof s);
    s.struct_size = (uint32_t)sizeof s;
    s.flags = 0;
    rc = tlsql_conn_step(p.c.conn, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &s);
    CHECK(rc == TLSQL_OK || rc == TLSQL_E_BUSY);
    CHECK_EQ(s.wire_in_used + s.wire_out_made + s.app_in_used + s.app_out_made + s.view_len, 0);
    CHECK_EQ(s.events, 0);
    /* Of a busy connection nothing is known, and that is no end of it. */
    CHECK_EQ(s.want, rc ? 0 : TLSQL_WANT_WIRE_IN | TLSQL_WANT_APP_IN);
    CHECK_EQ(s.phase, rc ? 0 : TLSQL_PHASE_TLS);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  pthread_join(thread, NULL);
  end_say(&p.c, 1000, 3);
  pair_pump(&p, &wide, &wide);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  pair_free(&p);
}

int main(int argc, char **argv)
{
  rounds = test_arguments(argc, argv, rounds);
  client_context = context_of(TLSQL_CLIENT, client_options);
  server_context = context_of(TLSQL_SERVER, server_options);
  many_connections();
  one_connection();
  two_in_one();
  tlsql_context_free(client_context);
  tlsql_context_free(server_context);
  return check_report("threads");
}
