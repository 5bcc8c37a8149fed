/* The contract of the step, rule by rule: room, need_*, want, views, event boundaries, end of
 * file, close, rekey and seal, in TLS 1.2, in TLS 1.3 and in clear. */
#include "pair.h"

static tlsql_context *server_context, *client_context;   /* of the version under test */
static int tls13;

static const limits no_out = { ANY, 0, ANY, TLSQL_APP_OUT_SIZE, 0 };
static const limits no_room = { ANY, TLSQL_WIRE_OUT_SIZE, ANY, 0, 0 };

/* s says n bytes in one step; they are on the client's side of the wire, unread. */
static void server_says(pair *p, size_t n, uint32_t seed)
{
  end_say(&p->s, n, seed);
  end_step(&p->s, &wide);
  CHECK_EQ(p->s.said, p->s.say.len);
  end_deliver(&p->s, &p->c);
}

static void nothing_to_do(void)
{
  pair p;
  tlsql_step s;
  pair_secure(&p, client_context, server_context);
  memset(&s, 0, sizeof s);
  s.struct_size = (uint32_t)sizeof s;
  CHECK_CODE(tlsql_conn_step(p.c.conn, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &s), TLSQL_OK);
  CHECK_EQ(s.phase, TLSQL_PHASE_TLS);
  CHECK_EQ(s.want & TLSQL_WANT_WIRE_IN, TLSQL_WANT_WIRE_IN);
  CHECK_EQ(s.want & TLSQL_WANT_APP_IN, TLSQL_WANT_APP_IN);
  CHECK_EQ(s.want & (TLSQL_WANT_WIRE_OUT | TLSQL_WANT_START), 0);
  CHECK_EQ(s.events, 0);
  CHECK_EQ(s.wire_in_used + s.wire_out_made + s.app_in_used + s.app_out_made + s.view_len, 0);
  CHECK_EQ(s.need_wire_in, 0);                   /* none was presented */
  CHECK_EQ(tlsql_conn_want(p.c.conn) & TLSQL_WANT_WIRE_OUT, 0);
  pair_free(&p);
}

static void wants_before_tls(void)
{
  pair p;
  size_t made;
  pair_open(&p, client_context, server_context);
  p.c.by_hand = p.s.by_hand = 1;
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_GREETING);
  CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_GREETING);
  end_step(&p.c, &wide);
  CHECK_EQ(p.c.step.want, TLSQL_WANT_WIRE_IN);
  end_step(&p.s, &wide);
  CHECK_EQ(p.s.step.want & TLSQL_WANT_START, TLSQL_WANT_START);
  CHECK_CODE(tlsql_server_start(p.s.conn, greeting57 + 4, sizeof greeting57 - 4), TLSQL_OK);
  CHECK_EQ(tlsql_conn_want(p.s.conn) & TLSQL_WANT_WIRE_OUT, TLSQL_WANT_WIRE_OUT);
  CHECK_EQ(tlsql_conn_want(p.s.conn) & TLSQL_WANT_START, 0);
  end_step(&p.s, &wide);
  CHECK_EQ(p.s.out.len, sizeof greeting57);
  CHECK(memcmp(p.s.out.at, greeting57, sizeof greeting57) == 0);
  end_deliver(&p.s, &p.c);
  end_step(&p.c, &wide);
  CHECK_EQ(p.c.step.events, TLSQL_EVENT_GREETING);
  CHECK_EQ(p.c.step.phase, TLSQL_PHASE_NEGOTIATE);
  CHECK_EQ(p.c.step.want, TLSQL_WANT_START);
  CHECK_EQ(p.c.out.len, 0);
  CHECK_CODE(tlsql_client_start(p.c.conn, &p.c.request), TLSQL_OK);
  CHECK_EQ(p.c.request.capabilities, TEST_CAPS | CLIENT_SSL);
  CHECK_EQ(p.c.request.max_packet, 1 << 24);
  CHECK_EQ(p.c.request.charset, 45);
  CHECK_EQ(tlsql_conn_want(p.c.conn) & TLSQL_WANT_WIRE_OUT, TLSQL_WANT_WIRE_OUT);
  /* Only the SSLRequest and one ClientHello leave. */
  end_say(&p.c, 100, 1);
  while (end_step(&p.c, &wide) == TLSQL_OK && end_moved(&p.c)) continue;
  made = p.c.out.len;
  CHECK(made > sizeof ssl_request + 5);
  CHECK(memcmp(p.c.out.at, ssl_request, sizeof ssl_request) == 0);
  CHECK_EQ(p.c.out.at[36], 22);
  CHECK_EQ(p.c.out.at[37], 3);
  CHECK_EQ(made, sizeof ssl_request + 5 + ((size_t)p.c.out.at[39] << 8 | p.c.out.at[40]));
  CHECK_EQ(p.c.step.want, TLSQL_WANT_WIRE_IN);
  CHECK_EQ(p.c.said, 0);
  p.c.by_hand = p.s.by_hand = 0;
  pair_pump(&p, &wide, &wide);
  CHECK_EQ(p.s.event_count, 2);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  pair_free(&p);
}

/* Reading goes on without room in wire_out; writing without a whole record in wire_in. */
static void full_duplex(void)
{
  pair p;
  size_t whole;
  pair_secure(&p, client_context, server_context);
  server_says(&p, 100, 5);
  end_say(&p.c, 50, 6);
  end_step(&p.c, &no_out);
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  CHECK_EQ(p.c.said, 0);
  end_step(&p.c, &no_out);
  CHECK_EQ(p.c.step.want & TLSQL_WANT_WIRE_OUT, TLSQL_WANT_WIRE_OUT);

  p.c.got.len = p.s.say.len = p.s.said = 0;
  server_says(&p, 300, 7);
  whole = p.c.in.len;
  p.c.in.len--;                                  /* the last byte is still on its way */
  end_step(&p.c, &wide);
  CHECK_EQ(p.c.said, 50);
  CHECK_EQ(p.c.got.len, 0);
  end_step(&p.c, &wide);
  CHECK_EQ(p.c.step.want & TLSQL_WANT_WIRE_IN, TLSQL_WANT_WIRE_IN);
  CHECK_EQ(p.c.step.need_wire_in, whole);
  p.c.in.len++;
  end_step(&p.c, &wide);
  CHECK(bytes_equal(&p.c.got, &p.s.say));

  end_deliver(&p.c, &p.s);
  end_step(&p.s, &no_out);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  pair_free(&p);
}

static void need_wire_in_grows(void)
{
  pair p;
  size_t whole;
  pair_secure(&p, client_context, server_context);
  server_says(&p, 700, 8);
  whole = p.c.in.len;
  for (size_t n = 1; n < whole; n++) {
    p.c.in.len = n;
    p.c.shown = 0;
    end_step(&p.c, &wide);
    CHECK_EQ(p.c.step.wire_in_used, 0);
    CHECK_EQ(p.c.step.want & TLSQL_WANT_WIRE_IN, TLSQL_WANT_WIRE_IN);
    CHECK(n < 5 ? p.c.step.need_wire_in > n && p.c.step.need_wire_in <= whole
                : p.c.step.need_wire_in == whole);
  }
  p.c.in.len = whole;
  end_step(&p.c, &wide);
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  pair_free(&p);
}

/* A record is delivered whole or not touched, copied or in place. */
static void room_for_plaintext(void)
{
  for (int view = 0; view < 2; view++) {
    pair p;
    size_t need;
    limits m = { ANY, TLSQL_WIRE_OUT_SIZE, ANY, 0, 0 };
    pair_secure(&p, client_context, server_context);
    server_says(&p, 300, 9);
    m.view = view;
    end_step(&p.c, &m);
    CHECK_EQ(p.c.step.want & TLSQL_WANT_APP_OUT, TLSQL_WANT_APP_OUT);
    need = p.c.step.need_app_out;
    CHECK(need >= 300 && need <= TLSQL_APP_OUT_SIZE);
    m.app_out = need - 1;
    end_step(&p.c, &m);
    CHECK_EQ(p.c.step.wire_in_used, 0);
    CHECK_EQ(p.c.step.want & TLSQL_WANT_APP_OUT, TLSQL_WANT_APP_OUT);
    CHECK_EQ(p.c.step.need_app_out, need);
    m.app_out = need;
    end_step(&p.c, &m);
    CHECK(bytes_equal(&p.c.got, &p.s.say));
    CHECK_EQ(p.c.in.len, 0);
    end_step(&p.c, &m);
    CHECK_EQ(p.c.step.want & TLSQL_WANT_APP_OUT, 0);
    pair_free(&p);
  }
}

/* A wait for room in app_out does not hold up sending. */
static void writing_without_room_to_read(void)
{
  pair p;
  pair_secure(&p, client_context, server_context);
  server_says(&p, 300, 10);
  end_say(&p.c, 40, 11);
  end_step(&p.c, &no_room);
  CHECK_EQ(p.c.said, 40);
  CHECK_EQ(p.c.got.len, 0);
  end_step(&p.c, &wide);
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  pair_free(&p);
}

static void need_wire_out_rules(void)
{
  pair p;
  limits m = { ANY, 0, ANY, TLSQL_APP_OUT_SIZE, 0 };
  size_t need;
  pair_secure(&p, client_context, server_context);
  end_say(&p.c, 1000, 12);
  end_step(&p.c, &m);
  CHECK_EQ(p.c.step.want & TLSQL_WANT_WIRE_OUT, TLSQL_WANT_WIRE_OUT);
  CHECK_EQ(tlsql_conn_want(p.c.conn) & TLSQL_WANT_WIRE_OUT, 0);   /* nothing is queued */
  need = p.c.step.need_wire_out;
  CHECK(need > 1 + 5 && need <= 1 + TLSQL_HEADROOM_MAX + TLSQL_TAILROOM_MAX);
  m.out = need - 1;
  end_step(&p.c, &m);
  CHECK_EQ(p.c.step.wire_out_made, 0);
  CHECK_EQ(p.c.step.need_wire_out, need);
  m.out = need;
  end_step(&p.c, &m);
  CHECK(p.c.said >= 1);
  CHECK(p.c.out.len > 5 && p.c.out.len <= need);
  CHECK_EQ(p.c.out.len, 5 + ((size_t)p.c.out.at[3] << 8 | p.c.out.at[4]));  /* whole records */
  pair_pump(&p, &wide, &wide);
  CHECK(bytes_equal(&p.s.got, &p.c.say));

  CHECK_CODE(tlsql_conn_close(p.c.conn), TLSQL_OK);
  CHECK_EQ(tlsql_conn_want(p.c.conn) & TLSQL_WANT_WIRE_OUT, TLSQL_WANT_WIRE_OUT);
  m.out = 0;
  end_step(&p.c, &m);
  CHECK_EQ(p.c.step.need_wire_out, 1);                            /* queued: any amount will do */
  m.out = 1;
  end_step(&p.c, &m);
  CHECK_EQ(p.c.step.wire_out_made, 1);
  pair_free(&p);
}

static void views(void)
{
  pair p;
  limits m = in_place;
  int steps = 0;
  pair_secure(&p, client_context, server_context);
  for (uint32_t i = 0; i < 3; i++) server_says(&p, 100, 20 + i);
  m.app_out = 150;                               /* two records do not fit: one is delivered */
  end_step(&p.c, &m);
  CHECK(p.c.step.view_len > 0 && p.c.step.view_len <= 150);
  while (p.c.in.len && ++steps < 4) end_step(&p.c, &in_place);
  CHECK(bytes_equal(&p.c.got, &p.s.say));

  end_forget(&p.c);
  end_forget(&p.s);
  server_says(&p, 5000, 30);                     /* over 4 KiB: a view of its own */
  for (uint32_t i = 0; i < 5; i++) server_says(&p, 64, 31 + i);
  end_step(&p.c, &in_place);
  CHECK_EQ(p.c.step.view_len, 5000);
  for (steps = 0; p.c.in.len && ++steps < 6;) end_step(&p.c, &in_place);
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  pair_free(&p);
}

/* The step that reports SECURED delivers nothing, even with the next record already there. */
static void boundaries(void)
{
  pair p;
  end *first, *second;
  pair_open(&p, client_context, server_context);
  first = tls13 ? &p.c : &p.s;                   /* who is through first, and may speak at once */
  second = tls13 ? &p.s : &p.c;
  while (!p.c.over && !p.s.over) {
    end_turn(&p.c, &wide);
    end_turn(&p.s, &wide);
    if (tlsql_conn_phase(first->conn) == TLSQL_PHASE_TLS) break;
    end_deliver(&p.c, &p.s);
    end_deliver(&p.s, &p.c);
  }
  CHECK_EQ(tlsql_conn_phase(second->conn), TLSQL_PHASE_HANDSHAKE);
  end_say(first, 77, 40);
  end_step(first, &wide);
  CHECK_EQ(first->said, 77);
  end_say(second, 10, 41);
  end_deliver(first, second);
  for (int i = 0; i < 10 && !(second->step.events & TLSQL_EVENT_SECURED); i++)
    end_step(second, &wide);
  CHECK_EQ(second->step.events, TLSQL_EVENT_SECURED);
  CHECK_EQ(second->got.len, 0);
  CHECK_EQ(second->said, 0);
  CHECK(second->in.len > 0);                     /* still the host's to present again */
  end_step(second, &wide);
  CHECK_EQ(second->got.len, 77);
  pair_pump(&p, &wide, &wide);
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  pair_free(&p);
}

static void eof_in_tls(void)
{
  pair p;
  pair_secure(&p, client_context, server_context);
  CHECK_CODE(tlsql_conn_eof(p.c.conn, (size_t)-1), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_eof(p.c.conn, 0), TLSQL_OK);            /* MySQL peers do just this */
  CHECK_EQ(tlsql_conn_peer_closed(p.c.conn), 0);
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
  end_say(&p.c, 30, 50);                                        /* it ends reading only */
  end_step(&p.c, &wide);
  CHECK_EQ(p.c.said, 30);
  CHECK_EQ(p.c.step.want & TLSQL_WANT_WIRE_IN, 0);
  end_deliver(&p.c, &p.s);
  end_step(&p.s, &wide);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  CHECK_CODE(tlsql_conn_close(p.c.conn), TLSQL_OK);
  end_step(&p.c, &wide);
  end_step(&p.c, &wide);
  CHECK_EQ(p.c.step.phase, TLSQL_PHASE_CLOSED);
  pair_free(&p);

  pair_secure(&p, client_context, server_context);
  server_says(&p, 30, 51);
  p.c.in.len--;
  end_step(&p.c, &wide);
  CHECK_CODE(tlsql_conn_eof(p.c.conn, p.c.in.len), TLSQL_E_TRUNCATED);
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_FAILED);
  CHECK_EQ(conn_error(p.c.conn).mysql_errno, 2026);
  CHECK_CODE(end_step(&p.c, &wide), TLSQL_E_TRUNCATED);         /* final, and repeated */
  CHECK_CODE(tlsql_conn_eof(p.c.conn, 0), TLSQL_E_TRUNCATED);
  CHECK_EQ(p.c.got.len, 0);
  pair_free(&p);
}

static void close_in_tls(void)
{
  pair p;
  pair_secure(&p, client_context, server_context);
  server_says(&p, 60, 60);
  CHECK_CODE(tlsql_conn_close(p.s.conn), TLSQL_OK);
  end_say(&p.s, 5, 61);                                         /* too late */
  end_step(&p.s, &wide);
  CHECK_EQ(p.s.said, 60);
  end_deliver(&p.s, &p.c);
  while (end_turn(&p.s, &wide)) continue;
  CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_CLOSED);
  CHECK_EQ(tlsql_conn_want(p.s.conn), 0);
  CHECK_CODE(tlsql_conn_close(p.s.conn), TLSQL_OK);

  p.s.say.len = 60;
  for (int i = 0; i < 4 && !tlsql_conn_peer_closed(p.c.conn); i++) end_step(&p.c, &wide);
  CHECK(bytes_equal(&p.c.got, &p.s.say));                       /* the last plaintext came too */
  CHECK_EQ(p.c.events[p.c.event_count - 1], TLSQL_EVENT_PEER_CLOSED);
  CHECK_EQ(p.c.in.len, 0);
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
  end_say(&p.c, 20, 62);                                        /* our half is still open */
  end_step(&p.c, &wide);
  CHECK_EQ(p.c.said, 20);
  CHECK_EQ(p.c.step.want & TLSQL_WANT_WIRE_IN, 0);
  CHECK_CODE(tlsql_conn_eof(p.c.conn, 0), TLSQL_OK);
  pair_free(&p);

  /* A closed connection takes no wire_in. */
  pair_secure(&p, client_context, server_context);
  server_says(&p, 60, 63);
  CHECK_CODE(tlsql_conn_close(p.c.conn), TLSQL_OK);
  end_step(&p.c, &wide);
  end_step(&p.c, &wide);
  CHECK_EQ(p.c.got.len, 0);
  CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_CLOSED);
  pair_free(&p);
}

/* In every phase before TLS nothing is sent for a close, and eof is a failure. */
static void close_and_eof_before_tls(void)
{
  for (int phase = 0; phase < 3; phase++) {
    for (int close = 0; close < 2; close++) {
      pair p;
      pair_open(&p, client_context, server_context);
      p.c.by_hand = phase == 1;
      for (int i = 0; i < 3 && phase > 0; i++) {
        end_turn(&p.s, &wide);
        end_deliver(&p.s, &p.c);
        end_turn(&p.c, &wide);
      }
      if (phase == 2) CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_HANDSHAKE);
      if (phase == 1) CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_NEGOTIATE);
      if (phase == 0) CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_GREETING);
      while (end_turn(&p.c, &wide)) continue;
      p.c.out.len = 0;
      if (close) {
        CHECK_CODE(tlsql_conn_close(p.c.conn), TLSQL_OK);
        end_step(&p.c, &wide);
        CHECK_EQ(p.c.out.len, 0);
        CHECK_EQ(p.c.step.phase, TLSQL_PHASE_CLOSED);
        CHECK_EQ(p.c.step.want, 0);
      } else {
        CHECK_CODE(tlsql_conn_eof(p.c.conn, 0), TLSQL_E_EOF);
        CHECK_EQ(conn_error(p.c.conn).mysql_errno, phase == 2 ? 2026 : 2013);
        CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_FAILED);
        CHECK_CODE(end_step(&p.c, &wide), TLSQL_E_EOF);
      }
      pair_free(&p);
    }
  }
}

static void rekey(void)
{
  pair p;
  pair_secure(&p, client_context, server_context);
  if (!tls13) {
    CHECK_CODE(tlsql_conn_rekey(p.c.conn), TLSQL_E_STATE);
    CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
  } else {
    for (uint32_t i = 0; i < 20; i++) {
      CHECK_CODE(tlsql_conn_rekey(i % 3 ? p.c.conn : p.s.conn), TLSQL_OK);
      CHECK_EQ(tlsql_conn_want(i % 3 ? p.c.conn : p.s.conn) & TLSQL_WANT_WIRE_OUT,
               TLSQL_WANT_WIRE_OUT);
      end_say(&p.c, 100 + i, i);
      end_say(&p.s, 200 + i, 100 + i);
      pair_pump(&p, &wide, &in_place);
    }
  }
  end_say(&p.c, 1000, 70);
  pair_pump(&p, &wide, &wide);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  pair_free(&p);
}

static void seal(void)
{
  static const size_t sizes[] = { 1, 2, 15, 16, 17, 4096, 16383, 16384 };
  pair p;
  size_t head, tail, made = 0;
  uint8_t *buf = exact(NULL, 16384 + TLSQL_HEADROOM_MAX + TLSQL_TAILROOM_MAX + 1);
  pair_secure(&p, client_context, server_context);
  head = tlsql_conn_headroom(p.c.conn);
  tail = tlsql_conn_tailroom(p.c.conn);
  CHECK(head >= 5 && head <= TLSQL_HEADROOM_MAX);
  CHECK(tail >= 16 && tail <= TLSQL_TAILROOM_MAX);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t n = sizes[i], cap = head + n + tail;
    p.c.say.len = 0;
    p.s.got.len = 0;
    bytes_fill(&p.c.say, n, (uint32_t)i);
    memcpy(buf + head, p.c.say.at, n);
    CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, cap - 1, n, &made), TLSQL_E_ROOM);
    CHECK(memcmp(buf + head, p.c.say.at, n) == 0);             /* a wrong call changes nothing */
    CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, cap, n, &made), TLSQL_OK);
    CHECK(made > n && made <= cap);
    CHECK_EQ(made, 5 + ((size_t)buf[3] << 8 | buf[4]));
    bytes_add(&p.s.in, buf, made);
    while (end_turn(&p.s, &wide)) continue;
    CHECK(bytes_equal(&p.s.got, &p.c.say));
  }
  CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, 16385 + head + tail, 16385, &made), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_close(p.c.conn), TLSQL_OK);            /* queued bytes go first */
  CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, head + 1 + tail, 1, &made), TLSQL_E_STATE);
  free(buf);
  pair_free(&p);
}

/* While an answer of TLS itself waits, such as one to a KeyUpdate, there is no record; never one of
 * length 0. */
static void seal_behind_a_key_update(void)
{
  static const limits reading = { ANY, 0, 0, TLSQL_APP_OUT_SIZE, 0 };
  uint8_t buf[1 + TLSQL_HEADROOM_MAX + TLSQL_TAILROOM_MAX];
  size_t head, made = 77;
  pair p;
  if (!tls13) return;
  pair_secure(&p, client_context, server_context);
  head = tlsql_conn_headroom(p.c.conn);
  end_say(&p.s, 10, 1);
  pair_pump(&p, &wide, &wide);
  CHECK_CODE(tlsql_conn_rekey(p.s.conn), TLSQL_OK);
  while (end_turn(&p.s, &wide)) continue;
  end_deliver(&p.s, &p.c);
  while (end_turn(&p.c, &reading)) continue;
  memset(buf, 'a', sizeof buf);
  CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, sizeof buf, 1, &made), TLSQL_E_STATE);
  CHECK_EQ(made, 77);
  CHECK_EQ(buf[head], 'a');
  CHECK(tlsql_conn_want(p.c.conn) & TLSQL_WANT_WIRE_OUT);
  while (end_turn(&p.c, &wide)) continue;
  CHECK(p.c.out.len > 0);
  CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, sizeof buf, 1, &made), TLSQL_OK);
  CHECK(made > 1 && made <= sizeof buf);
  end_deliver(&p.c, &p.s);
  bytes_add(&p.s.in, buf, made);
  while (end_turn(&p.s, &wide)) continue;
  CHECK(is_bytes(p.s.got.at, p.s.got.len, TLSQL_STR("a")));
  pair_free(&p);
}

static void in_clear(void)
{
  static const char *const options[] = { "ssl-mode", "DISABLED", NULL };
  tlsql_context *disabled = context_of(TLSQL_CLIENT, options);
  limits ten = { ANY, 10, ANY, 10, 1 };
  uint8_t buf[4] = { 1, 2, 3, 4 };
  size_t made = 0;
  pair p;
  pair_open(&p, disabled, server_context);
  plain_login(&p.c.say);
  pair_pump(&p, &in_place, &ten);
  CHECK_EQ(p.c.step.phase, TLSQL_PHASE_PLAIN);
  CHECK_EQ(p.s.step.phase, TLSQL_PHASE_PLAIN);
  CHECK_EQ(p.c.request.capabilities, TEST_CAPS);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  CHECK_EQ(tlsql_conn_sequence(p.s.conn), 2);

  end_say(&p.s, 35, 80);
  for (int i = 0; i < 4; i++) end_step(&p.s, &ten);             /* 10, 10, 10, 5 */
  CHECK_EQ(p.s.said, 35);
  end_deliver(&p.s, &p.c);
  for (int i = 0; i < 4; i++) {
    end_step(&p.c, &ten);
    CHECK_EQ(p.c.step.view_off, 0);
    CHECK_EQ(p.c.step.view_len, i < 3 ? 10 : 5);
  }
  CHECK(bytes_equal(&p.c.got, &p.s.say));

  CHECK_EQ(tlsql_conn_headroom(p.c.conn), 0);
  CHECK_EQ(tlsql_conn_tailroom(p.c.conn), 0);
  CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, 4, 4, &made), TLSQL_OK);
  CHECK_EQ(made, 4);
  CHECK(buf[0] == 1 && buf[1] == 2 && buf[2] == 3 && buf[3] == 4);
  CHECK_CODE(tlsql_conn_rekey(p.c.conn), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_eof(p.s.conn, 0), TLSQL_OK);
  CHECK_CODE(tlsql_conn_eof(p.c.conn, 3), TLSQL_E_STATE);       /* read them first */
  CHECK_CODE(tlsql_conn_eof(p.c.conn, 0), TLSQL_OK);
  CHECK_CODE(tlsql_conn_close(p.s.conn), TLSQL_OK);
  end_step(&p.s, &wide);
  CHECK_EQ(p.s.out.len, 0);                                     /* no goodbye in clear */
  CHECK_EQ(p.s.step.phase, TLSQL_PHASE_CLOSED);
  pair_free(&p);
  tlsql_context_free(disabled);
}

int main(int argc, char **argv)
{
  static const char *const versions[] = { "TLSv1.2", "TLSv1.3" };
  test_arguments(argc, argv, 0);
  server_context = context_of(TLSQL_SERVER, server_options);
  for (tls13 = 0; tls13 < 2; tls13++) {
    /* It resumes nothing: each handshake has the same flights. */
    const char *options[] = { "ssl-mode", "VERIFY_IDENTITY", "ssl-ca", "@ca.pem", "tls_version",
                              versions[tls13], "tlsql_session_cache_size", "0", NULL };
    client_context = context_of(TLSQL_CLIENT, options);
    nothing_to_do();
    wants_before_tls();
    full_duplex();
    need_wire_in_grows();
    room_for_plaintext();
    writing_without_room_to_read();
    need_wire_out_rules();
    views();
    boundaries();
    eof_in_tls();
    close_in_tls();
    close_and_eof_before_tls();
    rekey();
    seal();
    seal_behind_a_key_update();
    tlsql_context_free(client_context);
  }
  in_clear();
  tlsql_context_free(server_context);
  return check_report("rules");
}
