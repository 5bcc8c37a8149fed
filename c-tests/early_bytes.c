/* Nothing that arrives before TLS can surface after it: 0 to 4,096 early bytes in both roles, in
 * every amount, and the largest amount at every split point. */
#include "pair.h"

#define MOST 4096                        /* early bytes */
#define GREETING_SIZE (sizeof greeting57)
#define REQUEST_SIZE  (sizeof ssl_request)

static tlsql_context *client_context, *server_context;
static long most = MOST;                 /* less under slow tools */

/* What somebody may inject: a packet that would be believed, something like TLS, noise. */
static const struct { const char *name; uint8_t start[12]; size_t len; } kinds[] = {
  { "OK packet", { 7, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0 }, 11 },
  { "ERR packet", { 9, 0, 0, 2, 0xff, 0x15, 0x04, '#', '2', '8', '0', '0' }, 12 },
  { "zeros", { 0 }, 1 },
  { "application data", { 23, 3, 3, 0x10, 0 }, 5 },
  { "handshake record of a server", { 22, 3, 3, 0x10, 0, 2, 0, 0x0f, 0xfc, 3, 3 }, 11 },
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void early_bytes(bytes *b, size_t kind, size_t n)
{
  size_t from = b->len;
  bytes_fill(b, n, (uint32_t)n);
  for (size_t i = 0; i < n && i < kinds[kind].len; i++) b->at[from + i] = kinds[kind].start[i];
}

/* ---- client ---- */

static int is_early(const end *c)
{
  return CHECK_CODE(c->failure, TLSQL_E_EARLY_BYTES) & CHECK_EQ(c->got.len, 0) &
         CHECK_CODE(conn_error(c->conn).code, TLSQL_E_EARLY_BYTES) &
         CHECK_EQ(conn_error(c->conn).mysql_errno, 2026);
}

static void run_out(end *c)
{
  while (end_turn(c, &wide)) continue;
}

/* What is on the wire, presented up to `split` and then all of it. */
static void present(end *e, const bytes *wire, size_t split)
{
  bytes_add(&e->in, wire->at, split);
  run_out(e);
  bytes_add(&e->in, wire->at + split, wire->len - split);
  run_out(e);
}

/* Greeting and n early bytes on the wire, presented up to `split`, then all: nothing is sent. */
static void client_split(size_t kind, size_t n, size_t split)
{
  end c;
  bytes wire = { NULL, 0, 0 };
  end_open(&c, client_context, TLSQL_CLIENT);
  bytes_add(&wire, greeting57, GREETING_SIZE);
  early_bytes(&wire, kind, n);
  c.by_hand = 1;                                   /* the host has not answered yet */
  present(&c, &wire, split);
  if (n == 0) {
    CHECK_CODE(c.failure, TLSQL_OK);
    CHECK_EQ(c.event_count, 1);
    c.by_hand = 0;
    run_out(&c);
    CHECK(c.out.len > REQUEST_SIZE);
    CHECK_EQ(tlsql_conn_phase(c.conn), TLSQL_PHASE_HANDSHAKE);
  } else {
    if (!c.failure) {                              /* found at the latest when TLS is chosen */
      tlsql_request r = test_request();
      c.failure = tlsql_client_start(c.conn, &r);
    }
    is_early(&c);
    run_out(&c);
    CHECK_EQ(c.out.len, 0);
  }
  bytes_free(&wire);
  end_free(&c);
}

/* The host starts first; the early bytes come while the SSLRequest and the ClientHello leave in
 * small pieces: `sent` bytes of them are out. */
static void client_started(size_t kind, size_t n, size_t sent, size_t flight)
{
  limits m = { ANY, 0, ANY, TLSQL_APP_OUT_SIZE, 0 };
  end c;
  end_open(&c, client_context, TLSQL_CLIENT);
  bytes_add(&c.in, greeting57, GREETING_SIZE);
  c.by_hand = 1;
  run_out(&c);
  CHECK_CODE(tlsql_client_start(c.conn, &c.request), TLSQL_OK);
  m.out = sent < 36 ? sent : 36;                    /* the SSLRequest leaves in a step of its own */
  if (m.out) end_step(&c, &m);
  m.out = sent - m.out;
  if (m.out) end_step(&c, &m);
  CHECK_EQ(c.out.len, sent);
  early_bytes(&c.in, kind, n);
  m.out = 0;                                       /* before the step that hands out the rest */
  while (end_turn(&c, &m)) continue;
  run_out(&c);
  is_early(&c);
  CHECK(c.out.len <= flight);                      /* no login, no answer to what was injected */
  if (sent == 0) CHECK_EQ(c.out.len, 0);           /* and before the SSLRequest: nothing at all */
  end_free(&c);
}

/* A host that reads the greeting itself and hands over what it read beyond it. */
static void client_told(size_t kind, size_t n)
{
  end c;
  bytes ahead = { NULL, 0, 0 };
  tlsql_request r = test_request();
  uint8_t *copy;
  tlsql_code rc;
  early_bytes(&ahead, kind, n);
  copy = exact(ahead.at, n);
  end_open(&c, client_context, TLSQL_CLIENT);
  rc = tlsql_client_greeting_read(c.conn, greeting57 + 4, GREETING_SIZE - 4, 0, n ? copy : NULL, n);
  if (n == 0) {
    CHECK_CODE(rc, TLSQL_OK);
    CHECK_CODE(tlsql_client_start(c.conn, &r), TLSQL_OK);
  } else {
    CHECK_CODE(rc, TLSQL_E_EARLY_BYTES);
    CHECK_CODE(tlsql_client_start(c.conn, &r), TLSQL_E_EARLY_BYTES);
    CHECK_CODE(end_step(&c, &wide), TLSQL_E_EARLY_BYTES);
    CHECK_EQ(c.out.len, 0);
    CHECK(memcmp(copy, ahead.at, n) == 0);
  }
  free(copy);
  bytes_free(&ahead);
  end_free(&c);
}

static void in_the_client(void)
{
  size_t n, split, flight, last = (size_t)most;
  end c;
  client_split(0, 0, GREETING_SIZE);
  for (n = 1; n <= last; n++) {
    client_split(n % KINDS, n, GREETING_SIZE + n);         /* in one segment */
    client_told(n % KINDS, n);
  }
  client_told(0, 0);
  for (size_t kind = 0; kind < KINDS; kind++)
    for (split = 0; split <= GREETING_SIZE + last; split++)
      if (kind == 0 || split <= GREETING_SIZE + 40) client_split(kind, last, split);
  for (n = 0; n <= 40; n++)
    for (split = 0; split <= GREETING_SIZE + n; split++) client_split(n % KINDS, n, split);

  end_open(&c, client_context, TLSQL_CLIENT);
  bytes_add(&c.in, greeting57, GREETING_SIZE);
  run_out(&c);
  flight = c.out.len;
  end_free(&c);
  for (size_t sent = 0; sent < flight; sent++)
    for (n = 1; n <= last; n += last - 1) client_started(sent % KINDS, n, sent, flight);
}

/* ---- server ---- */

static void open_server(end *s)
{
  end_open(s, server_context, TLSQL_SERVER);
  run_out(s);
  CHECK_EQ(s->out.len, GREETING_SIZE);
  s->out.len = 0;
}

/* Bytes behind the SSLRequest that do not begin a handshake record. */
static void server_split(size_t kind, size_t n, size_t split)
{
  end s;
  bytes wire = { NULL, 0, 0 };
  open_server(&s);
  bytes_add(&wire, ssl_request, REQUEST_SIZE);
  early_bytes(&wire, kind, n);
  present(&s, &wire, split);
  if (n == 0) {
    CHECK_CODE(s.failure, TLSQL_OK);
    CHECK_EQ(tlsql_conn_phase(s.conn), TLSQL_PHASE_HANDSHAKE);
    CHECK_EQ(s.out.len, 0);
  } else {
    is_early(&s);
    CHECK_EQ(s.out.len, sizeof err1043_tail);
    CHECK(memcmp(s.out.at, err1043_tail, sizeof err1043_tail) == 0);
  }
  bytes_free(&wire);
  end_free(&s);
}

/* SSLRequest and ClientHello on the wire, presented up to `split`, then all: TLS comes up. */
static void hello_split(const end *hello, size_t split)
{
  pair p;
  memset(&p, 0, sizeof p);
  open_server(&p.s);
  end_open(&p.c, client_context, TLSQL_CLIENT);
  bytes_add(&p.c.in, greeting57, GREETING_SIZE);
  run_out(&p.c);
  CHECK_EQ(p.c.out.len, hello->out.len);
  present(&p.s, &p.c.out, split);
  p.c.out.len = 0;
  end_say(&p.c, 9, 1);
  pair_pump(&p, &wide, &wide);
  CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_TLS);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  CHECK_EQ(p.s.event_count, 2);
  pair_free(&p);
}

static void in_the_server(void)
{
  size_t n, split, last = (size_t)most;
  end hello;
  server_split(0, 0, REQUEST_SIZE);
  for (n = 1; n <= last; n++) server_split(n % 4, n, REQUEST_SIZE + n);
  for (size_t kind = 0; kind < 4; kind++)          /* the fifth begins a handshake record */
    for (split = 0; split <= REQUEST_SIZE + last; split++)
      if (kind == 0 || split <= REQUEST_SIZE + 40) server_split(kind, last, split);
  for (n = 0; n <= 40; n++)
    for (split = 0; split <= REQUEST_SIZE + n; split++) server_split(n % 4, n, split);

  end_open(&hello, client_context, TLSQL_CLIENT);
  bytes_add(&hello.in, greeting57, GREETING_SIZE);
  run_out(&hello);
  n = most < MOST ? 7 : 1;
  for (split = 0; split <= hello.out.len; split += n) hello_split(&hello, split);
  hello_split(&hello, hello.out.len);
  end_free(&hello);
}

/* A plain login behind the SSLRequest, as an attacker or a confused client sends it (T91), and a
 * handshake record that is none: either way no byte of it is a login. */
static void login_behind_the_request(void)
{
  end s;
  open_server(&s);
  bytes_add(&s.in, ssl_request, REQUEST_SIZE);
  plain_login(&s.in);
  run_out(&s);
  is_early(&s);
  CHECK_EQ(s.out.len, sizeof err1043_tail);
  end_free(&s);

  open_server(&s);
  bytes_add(&s.in, ssl_request, REQUEST_SIZE);
  early_bytes(&s.in, 4, 4096 + 5);
  run_out(&s);
  CHECK(s.failure == TLSQL_E_MISBEHAVED || s.failure == TLSQL_E_HANDSHAKE_SIZE);
  CHECK_EQ(s.got.len, 0);
  CHECK(s.out.len >= sizeof err1043_tail &&
        memcmp(s.out.at + s.out.len - sizeof err1043_tail, err1043_tail,
               sizeof err1043_tail) == 0);
  end_free(&s);
}

int main(int argc, char **argv)
{
  /* It resumes nothing: each ClientHello has the same length. */
  static const char *const options[] = { "ssl-mode", "VERIFY_IDENTITY", "ssl-ca", "@ca.pem",
                                         "tlsql_session_cache_size", "0", NULL };
  most = test_arguments(argc, argv, MOST);
  client_context = context_of(TLSQL_CLIENT, options);
  server_context = context_of(TLSQL_SERVER, server_options);
  in_the_client();
  in_the_server();
  login_behind_the_request();
  tlsql_context_free(client_context);
  tlsql_context_free(server_context);
  return check_report("early_bytes");
}
