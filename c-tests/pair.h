/* A client and a server of the engine with the host's part of the work: queues of bytes, the
 * decision to start, and the rules that every single step keeps. */
#ifndef PAIR_H
#define PAIR_H
#include "bytes.h"

#define ANY ((size_t)-1)

/* How much a host presents per step. */
typedef struct limits {
  size_t in;                             /* new wire bytes */
  size_t out;                            /* room in wire_out */
  size_t app_in;                         /* application bytes */
  size_t app_out;                        /* room in app_out, or most bytes of a view */
  int view;                              /* read in place */
} limits;

static const limits wide = { ANY, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_APP_OUT_SIZE, 0 };
static const limits in_place = { ANY, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_ANY_ROOM, 1 };

typedef struct end {
  tlsql_conn *conn;
  uint32_t role;
  tlsql_request request;                 /* client: what to ask for; then what to repeat */
  bytes in;                              /* from the peer; `shown` of them were presented before */
  size_t shown;
  bytes out;                             /* for the peer */
  bytes say;                             /* application bytes to send: `said` are gone */
  size_t said;
  bytes got;                             /* plaintext */
  uint32_t events[8];                    /* in the order they came, one bit each */
  size_t event_count;
  tlsql_step step;                       /* the last one */
  tlsql_code rc;
  tlsql_code failure;                    /* the first final failure */
  int by_hand;                           /* the test starts the connection itself */
  int over;                              /* CLOSED, or failed and drained */
} end;

typedef struct pair { end c, s; } pair;

static inline int end_moved(const end *e)
{
  const tlsql_step *s = &e->step;
  return s->wire_in_used || s->wire_out_made || s->app_in_used || s->app_out_made ||
         s->view_len || s->events;
}

static inline void end_note(end *e, uint32_t events)
{
  for (uint32_t bit = 1; bit; bit <<= 1) {
    if (!(events & bit)) continue;
    for (size_t i = 0; i < e->event_count; i++) CHECK(e->events[i] != bit);   /* once only */
    if (e->event_count < 8) e->events[e->event_count++] = bit;
  }
}

/* What holds for any step, whatever was presented. */
static inline void step_rules(const end *e, size_t in_len, size_t out_cap, size_t app_len,
                              size_t app_cap, int view)
{
  const tlsql_step *s = &e->step;
  const uint32_t stops = TLSQL_EVENT_GREETING | TLSQL_EVENT_HELLO | TLSQL_EVENT_SECURED |
                         TLSQL_EVENT_PLAIN;
  CHECK(s->wire_in_used <= in_len && s->wire_out_made <= out_cap && s->app_in_used <= app_len);
  CHECK(view ? s->app_out_made == 0 && s->view_len <= app_cap
             : s->view_len == 0 && s->app_out_made <= app_cap);
  if (s->view_len) CHECK(s->view_off + s->view_len <= s->wire_in_used);
  if (e->rc) CHECK(s->app_out_made == 0 && s->view_len == 0);
  if (s->events & stops) CHECK(!s->app_in_used && !s->app_out_made && !s->view_len);
  if (s->phase != TLSQL_PHASE_TLS && s->phase != TLSQL_PHASE_PLAIN &&
      s->phase != TLSQL_PHASE_CLOSED && s->phase != TLSQL_PHASE_FAILED)
    CHECK(!s->app_in_used && !s->app_out_made && !s->view_len);
  CHECK_EQ(s->phase, tlsql_conn_phase(e->conn));
  if (s->phase == TLSQL_PHASE_FAILED && e->rc) CHECK_EQ(s->wire_in_used, in_len);
  if (end_moved(e)) return;
  /* Nothing moved: then what is wanted is what was short. */
  if (s->phase == TLSQL_PHASE_CLOSED) { CHECK_EQ(s->want, 0); return; }
  if (s->phase == TLSQL_PHASE_FAILED) { CHECK(!s->want || s->want == TLSQL_WANT_WIRE_OUT); return; }
  CHECK(s->want != 0);
  if (in_len && s->want & TLSQL_WANT_WIRE_IN) CHECK(s->need_wire_in > in_len);
  if (in_len && s->want & TLSQL_WANT_WIRE_IN && s->phase >= TLSQL_PHASE_HANDSHAKE)
    CHECK(s->need_wire_in <= TLSQL_WIRE_IN_SIZE);
  if (s->want & TLSQL_WANT_WIRE_OUT) CHECK(s->need_wire_out > out_cap);
  if (s->want & TLSQL_WANT_APP_OUT) CHECK(s->need_app_out > app_cap || app_cap == 0);
  if (s->want & TLSQL_WANT_APP_IN && app_len) CHECK(s->want & TLSQL_WANT_WIRE_OUT);
}

static inline tlsql_code end_step(end *e, const limits *m)
{
  size_t fresh = e->in.len - e->shown > m->in ? m->in : e->in.len - e->shown;
  size_t in_len = e->shown + fresh;
  size_t app_len = e->say.len - e->said > m->app_in ? m->app_in : e->say.len - e->said;
  size_t app_size = m->view || m->app_out == ANY ? 0 : m->app_out;
  uint8_t *in = in_len ? exact(e->in.at, in_len) : NULL;
  uint8_t *out = m->out ? exact(NULL, m->out) : NULL;
  uint8_t *app_in = app_len ? exact(e->say.at + e->said, app_len) : NULL;
  uint8_t *app_out = app_size ? exact(NULL, app_size) : NULL;
  tlsql_step *s = &e->step;

  memset(s, 0, sizeof *s);
  s->struct_size = (uint32_t)sizeof *s;
  e->rc = tlsql_conn_step(e->conn, in, in_len, out, m->out, app_in, app_len,
                          app_out, m->app_out, s);
  step_rules(e, in_len, m->out, app_len, m->app_out, m->view);
  if (in_len > s->wire_in_used)                          /* what is not used is not touched */
    CHECK(memcmp(in + s->wire_in_used, e->in.at + s->wire_in_used,
                 in_len - s->wire_in_used) == 0);
  if (app_len) CHECK(memcmp(app_in, e->say.at + e->said, app_len) == 0);
  if (e->failure) CHECK_CODE(e->rc, e->failure);
  if (e->rc && !e->failure) e->failure = e->rc;

  bytes_add(&e->out, out, s->wire_out_made);
  if (s->view_len) bytes_add(&e->got, in + s->view_off, s->view_len);
  bytes_add(&e->got, app_out, s->app_out_made);
  end_note(e, s->events);
  bytes_drop(&e->in, s->wire_in_used);
  e->shown = in_len - s->wire_in_used;
  e->said += s->app_in_used;
  e->over = s->phase == TLSQL_PHASE_CLOSED ||
            (e->rc && !(s->want & TLSQL_WANT_WIRE_OUT));
  free(in); free(out); free(app_in); free(app_out);
  return e->rc;
}

/* The host's own decisions: answer the greeting, or write it. */
static inline int end_act(end *e)
{
  if (e->rc || e->by_hand || !(e->step.want & TLSQL_WANT_START)) return 0;
  e->step.want = 0;
  if (e->role == TLSQL_CLIENT) e->rc = tlsql_client_start(e->conn, &e->request);
  else e->rc = tlsql_server_start(e->conn, greeting57 + 4, sizeof greeting57 - 4);
  if (e->rc && !e->failure) e->failure = e->rc;
  return 1;
}

/* One turn of one end; 0 when nothing more can happen without the peer. */
static inline int end_turn(end *e, const limits *m)
{
  size_t shown = e->shown;
  if (e->over) { bytes_drop(&e->in, e->in.len); e->shown = 0; return 0; }
  end_step(e, m);
  return end_act(e) || end_moved(e) || e->shown != shown;
}

static inline int end_deliver(end *from, end *to)
{
  int moved = from->out.len > 0;
  bytes_add(&to->in, from->out.at, from->out.len);
  from->out.len = 0;
  return moved;
}

/* Both ends until neither moves. */
static inline void pair_pump(pair *p, const limits *mc, const limits *ms)
{
  int moved;
  long turns = 0;
  do {
    moved = end_turn(&p->c, mc);
    moved |= end_deliver(&p->c, &p->s);
    moved |= end_turn(&p->s, ms);
    moved |= end_deliver(&p->s, &p->c);
  } while (moved && CHECK(++turns < 4000000));
}

static inline void end_open(end *e, tlsql_context *ctx, uint32_t role)
{
  memset(e, 0, sizeof *e);
  e->role = role;
  e->request = test_request();
  if (role == TLSQL_CLIENT) {
    CHECK_CODE(tlsql_client_new(ctx, &e->conn, NULL), TLSQL_OK);
    CHECK_CODE(tlsql_conn_set(e->conn, TLSQL_STR("host"), TLSQL_STR("localhost"), NULL), TLSQL_OK);
  } else {
    CHECK_CODE(tlsql_server_new(ctx, &e->conn, NULL), TLSQL_OK);
  }
}

static inline void end_free(end *e)
{
  tlsql_conn_free(e->conn);
  bytes_free(&e->in); bytes_free(&e->out); bytes_free(&e->say); bytes_free(&e->got);
}

static inline void pair_open(pair *p, tlsql_context *client, tlsql_context *server)
{
  end_open(&p->c, client, TLSQL_CLIENT);
  end_open(&p->s, server, TLSQL_SERVER);
}

/* Up to TLS on both sides, nothing on its way. */
static inline int pair_secure(pair *p, tlsql_context *client, tlsql_context *server)
{
  pair_open(p, client, server);
  pair_pump(p, &wide, &wide);
  return CHECK_EQ(tlsql_conn_phase(p->c.conn), TLSQL_PHASE_TLS) &
         CHECK_EQ(tlsql_conn_phase(p->s.conn), TLSQL_PHASE_TLS);
}

static inline void pair_free(pair *p) { end_free(&p->c); end_free(&p->s); }

/* Application bytes for the next steps to send. */
static inline void end_say(end *e, size_t n, uint32_t seed) { bytes_fill(&e->say, n, seed); }

/* Both directions start anew; events and the connection stay. */
static inline void end_forget(end *e)
{
  e->say.len = e->said = e->got.len = 0;
}

static const char *const client_options[] = {
  "ssl-mode", "VERIFY_IDENTITY", "ssl-ca", "@ca.pem", NULL
};
static const char *const server_options[] = {
  "ssl-ca", "@ca.pem", "ssl-cert", "@server-cert.pem", "ssl-key", "@server-key.pem", NULL
};
#endif
