/* One conversation between a client and a server of the engine, driven in many ways: in memory
 * with buffers of many shapes, over blocking and over non-blocking sockets.  Plaintext, events
 * and outcome are the same every time. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include "pair.h"

#define BULK 40000                       /* per direction; fits a socket's buffer */

typedef struct talk {                    /* what is agreed, and so what to expect */
  const char *name;
  const char *mode;                      /* ssl-mode of the client */
  const char *version;                   /* tls_version of the client */
  uint16_t tls;
  int client_closes;                     /* who says goodbye first */
} talk;

static const talk talks[] = {
  { "1.3, client closes", "VERIFY_IDENTITY", "TLSv1.3", 0x0304, 1 },
  { "1.3, server closes", "VERIFY_IDENTITY", "TLSv1.3", 0x0304, 0 },
  { "1.2, client closes", "VERIFY_CA", "TLSv1.2", 0x0303, 1 },
  { "1.2, server closes", "REQUIRED", "TLSv1.2", 0x0303, 0 },
  { "plain", "DISABLED", "TLSv1.2,TLSv1.3", 0, 1 },
};

static tlsql_context *server_context;

static tlsql_context *client_context(const talk *t)
{
  const char *options[] = { "ssl-mode", t->mode, "ssl-ca", "@ca.pem", "tls_version", t->version,
                            NULL };
  return context_of(TLSQL_CLIENT, options);
}

static void open_talk(pair *p, tlsql_context *ctx)
{
  pair_open(p, ctx, server_context);
  plain_login(&p->c.say);                /* its sequence number matters in clear only */
  end_say(&p->c, BULK, 1);
  end_say(&p->s, BULK + 1000, 2);
}

/* All said and all heard: the first to close may do so, the other after the peer's close_notify.
 * In clear there is none, and the end of the stream says it. */
static int finished(const end *e, const end *peer_script, const talk *t, int eof)
{
  int first = t->client_closes == (e->role == TLSQL_CLIENT);
  return e->said == e->say.len && e->got.len == peer_script->say.len &&
         (first || eof || tlsql_conn_peer_closed(e->conn));
}

static void judge(pair *p, const talk *t)
{
  static const uint32_t in_tls[2][3] = {
    { TLSQL_EVENT_GREETING, TLSQL_EVENT_SECURED, TLSQL_EVENT_PEER_CLOSED },
    { TLSQL_EVENT_SSL_REQUEST, TLSQL_EVENT_SECURED, TLSQL_EVENT_PEER_CLOSED },
  };
  static const uint32_t in_clear[2][2] = {
    { TLSQL_EVENT_GREETING, TLSQL_EVENT_PLAIN }, { TLSQL_EVENT_PLAIN, 0 },
  };
  end *ends[2];
  long before = check_failures;
  ends[0] = &p->c;
  ends[1] = &p->s;
  CHECK(bytes_equal(&p->c.got, &p->s.say));
  CHECK(bytes_equal(&p->s.got, &p->c.say));
  for (int i = 0; i < 2; i++) {
    const end *e = ends[i];
    int heard_close = t->tls && t->client_closes == i;
    size_t count = t->tls ? (heard_close ? 3u : 2u) : (i ? 1u : 2u);
    CHECK_EQ(e->event_count, count);
    for (size_t k = 0; k < count && k < e->event_count; k++)
      CHECK_EQ(e->events[k], t->tls ? in_tls[i][k] : in_clear[i][k]);
    CHECK_CODE(e->failure, TLSQL_OK);
    CHECK_EQ(tlsql_conn_phase(e->conn), TLSQL_PHASE_CLOSED);
    CHECK_EQ(tlsql_conn_peer_closed(e->conn), heard_close);
    CHECK_EQ(tlsql_conn_tls_version(e->conn), t->tls);
    CHECK_EQ(conn_error(e->conn).code, TLSQL_OK);
  }
  CHECK_EQ(tlsql_conn_outcome(p->c.conn),
           t->tls ? TLSQL_OUTCOME_TLS : TLSQL_OUTCOME_PLAIN_DISABLED);
  CHECK_EQ(tlsql_conn_outcome(p->s.conn),
           t->tls ? TLSQL_OUTCOME_TLS : TLSQL_OUTCOME_PLAIN_NO_TLS);
  if (check_failures != before) fprintf(stderr, "  in talk \"%s\"\n", t->name);
}

/* ---- in memory ---- */

static void close_when_finished(end *e, const end *other, const talk *t)
{
  int eof = other->over && !e->in.len;
  if (e->over || e->failure || !finished(e, other, t, eof)) return;
  if (eof && !t->tls) CHECK_CODE(tlsql_conn_eof(e->conn, e->in.len), TLSQL_OK);
  CHECK_CODE(tlsql_conn_close(e->conn), TLSQL_OK);
}

static void drive_memory(pair *p, const talk *t, const limits *mc, const limits *ms)
{
  for (int round = 0; round < 6 && !(p->c.over && p->s.over); round++) {
    pair_pump(p, mc, ms);
    close_when_finished(t->client_closes ? &p->c : &p->s, t->client_closes ? &p->s : &p->c, t);
    pair_pump(p, mc, ms);
    close_when_finished(t->client_closes ? &p->s : &p->c, t->client_closes ? &p->c : &p->s, t);
  }
}

static void in_memory(const talk *t, tlsql_context *ctx)
{
  /* The record with the tickets has to fit, as tlsql_step.need_app_out says. */
  static const struct { const char *name; limits client, server; } drives[] = {
    { "one shot", { ANY, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_APP_OUT_SIZE, 0 },
                  { ANY, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_APP_OUT_SIZE, 0 } },
    { "in place", { ANY, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_ANY_ROOM, 1 },
                  { ANY, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_ANY_ROOM, 1 } },
    { "byte by byte in", { 1, 2000, ANY, TLSQL_APP_OUT_SIZE, 0 },
                         { 1, 2000, ANY, TLSQL_ANY_ROOM, 1 } },
    { "narrow out", { ANY, 64, ANY, 768, 0 }, { ANY, 61, ANY, 512, 1 } },
    { "one byte of everything", { 1, 40, 1, 2048, 0 }, { 1, 40, 1, 64, 1 } },
    { "odd sizes", { 7, 101, 13, 2048, 1 }, { 1447, 333, 4096, 1000, 0 } },
  };
  for (size_t i = 0; i < sizeof drives / sizeof *drives; i++) {
    long before = check_failures;
    pair p;
    open_talk(&p, ctx);
    if (drives[i].client.app_in == 1) {            /* a record a byte: fewer will do */
      p.c.say.len = 600;
      p.s.say.len = 700;
    }
    drive_memory(&p, t, &drives[i].client, &drives[i].server);
    judge(&p, t);
    if (check_failures != before) fprintf(stderr, "  in drive \"%s\"\n", drives[i].name);
    pair_free(&p);
  }
}

/* ---- over sockets ---- */

static void send_some(end *e, int fd)
{
  while (e->out.len) {
    ssize_t n = send(fd, e->out.at, e->out.len, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;                               /* would block */
    bytes_drop(&e->out, (size_t)n);
  }
}

/* 1 bytes came, 0 end of stream, -1 nothing now. */
static int receive_some(end *e, int fd)
{
  uint8_t buf[4096];
  ssize_t n = recv(fd, buf, sizeof buf, 0);
  if (n < 0) return errno == ECONNRESET ? 0 : -1;
  bytes_add(&e->in, buf, (size_t)n);
  return n > 0;
}

typedef struct side {
  end *e;
  const end *other;                      /* only what it is going to say */
  const talk *t;
  const limits *m;
  int fd, eof, closing;
} side;

/* Work until only the peer can help; 1 when this side is through. */
static int side_turn(side *d)
{
  end *e = d->e;
  for (;;) {
    int moved = end_turn(e, d->m);
    send_some(e, d->fd);
    if (!d->closing && finished(e, d->other, d->t, d->eof)) {
      if (d->eof) CHECK_CODE(tlsql_conn_eof(e->conn, e->in.len), TLSQL_OK);
      CHECK_CODE(tlsql_conn_close(e->conn), TLSQL_OK);
      d->closing = 1;
      continue;
    }
    if (e->over && !e->out.len) {
      shutdown(d->fd, SHUT_WR);
      return 1;
    }
    if (!moved) return 0;
  }
}

static void *blocking_side(void *arg)
{
  side *d = (side *)arg;
  while (!side_turn(d)) {
    int got = receive_some(d->e, d->fd);
    if (got < 0 || (got == 0 && d->eof)) break;
    if (got == 0) d->eof = 1;
  }
  return NULL;
}

static void over_blocking_sockets(const talk *t, tlsql_context *ctx)
{
  int fds[2];
  pthread_t thread;
  pair p;
  open_talk(&p, ctx);
  if (!CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0)) return;
  {
    end script_c = p.c, script_s = p.s;              /* lengths to expect, without a race */
    side c = { &p.c, &script_s, t, &in_place, fds[0], 0, 0 };
    side s = { &p.s, &script_c, t, &wide, fds[1], 0, 0 };
    if (CHECK(pthread_create(&thread, NULL, blocking_side, &s) == 0)) {
      blocking_side(&c);
      pthread_join(thread, NULL);
    }
  }
  judge(&p, t);
  close(fds[0]);
  close(fds[1]);
  pair_free(&p);
}

static void over_non_blocking_sockets(const talk *t, tlsql_context *ctx, size_t bulk)
{
  int fds[2], small = 4096, through[2] = { 0, 0 };
  pair p;
  open_talk(&p, ctx);
  end_say(&p.c, bulk, 3);
  end_say(&p.s, bulk, 4);
  if (!CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0)) return;
  {
    side sides[2] = { { &p.c, &p.s, t, &wide, fds[0], 0, 0 },
                      { &p.s, &p.c, t, &in_place, fds[1], 0, 0 } };
    for (int i = 0; i < 2; i++) {
      setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
      fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL, 0) | O_NONBLOCK);
    }
    while (!(through[0] && through[1])) {
      struct pollfd pf[2];
      for (int i = 0; i < 2; i++) {
        through[i] = through[i] || side_turn(&sides[i]);
        pf[i].fd = through[i] || sides[i].eof ? -1 : fds[i];
        pf[i].events = (short)(POLLIN | (sides[i].e->out.len ? POLLOUT : 0));
        pf[i].revents = 0;
      }
      if (through[0] && through[1]) break;
      if (!CHECK(poll(pf, 2, 20000) > 0 || sides[0].eof || sides[1].eof)) break;
      for (int i = 0; i < 2; i++)
        if (pf[i].revents & (POLLIN | POLLHUP) && receive_some(sides[i].e, fds[i]) == 0)
          sides[i].eof = 1;
    }
  }
  judge(&p, t);
  close(fds[0]);
  close(fds[1]);
  pair_free(&p);
}

int main(int argc, char **argv)
{
  long bound = test_arguments(argc, argv, 1 << 20);
  server_context = context_of(TLSQL_SERVER, server_options);
  for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
    tlsql_context *ctx = client_context(&talks[i]);
    in_memory(&talks[i], ctx);
    over_blocking_sockets(&talks[i], ctx);
    over_non_blocking_sockets(&talks[i], ctx, (size_t)bound);
    tlsql_context_free(ctx);
  }
  tlsql_context_free(server_context);
  return check_report("loops");
}
