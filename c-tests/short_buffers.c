/* Every size from 0 up of each of the buffers: nothing is lost, cut or written beyond them. */
#include "pair.h"

static tlsql_context *client_context, *server_context;

/* A whole handshake with wire_out of `cap` bytes at both ends, and input in pieces of `piece`. */
static void handshake(size_t cap, size_t piece)
{
  limits m = { 0, 0, ANY, TLSQL_APP_OUT_SIZE, 0 };
  pair p;
  m.in = piece;
  m.out = cap;
  pair_open(&p, client_context, server_context);
  pair_pump(&p, &m, &m);
  if (cap == 0) {                                /* not one byte can leave */
    CHECK_EQ(p.s.step.want & TLSQL_WANT_WIRE_OUT, TLSQL_WANT_WIRE_OUT);
    CHECK_EQ(p.s.step.need_wire_out, 1);
    CHECK_EQ(p.c.step.phase, TLSQL_PHASE_GREETING);
    m.out = 1;
    pair_pump(&p, &m, &m);
  }
  CHECK_EQ(p.c.step.phase, TLSQL_PHASE_TLS);
  CHECK_EQ(p.s.step.phase, TLSQL_PHASE_TLS);
  CHECK_EQ(p.c.event_count, 2);
  CHECK_EQ(p.s.event_count, 2);
  pair_free(&p);
}

/* wire_out of every size for 60 bytes of app_in: whole records, or nothing. */
static void room_for_records(pair *p)
{
  size_t need;
  limits m = { ANY, 0, ANY, TLSQL_APP_OUT_SIZE, 0 };
  end_forget(&p->c);
  end_forget(&p->s);
  end_say(&p->c, 60, 1);
  end_step(&p->c, &m);
  need = p->c.step.need_wire_out;
  for (size_t cap = 0; cap < need + 100; cap++) {
    size_t wire = 0;
    end_forget(&p->c);
    end_forget(&p->s);
    end_say(&p->c, 60, (uint32_t)cap);
    m.out = cap;
    end_step(&p->c, &m);
    CHECK_EQ(p->c.out.len, p->c.step.wire_out_made);
    while (wire + 5 <= p->c.out.len)
      wire += 5 + ((size_t)p->c.out.at[wire + 3] << 8 | p->c.out.at[wire + 4]);
    CHECK_EQ(wire, p->c.out.len);
    if (cap < need) {
      CHECK_EQ(p->c.said, 0);
      CHECK_EQ(wire, 0);
      CHECK_EQ(p->c.step.want & TLSQL_WANT_WIRE_OUT, TLSQL_WANT_WIRE_OUT);
      CHECK_EQ(p->c.step.need_wire_out, need);
    } else {
      CHECK_EQ(p->c.said, cap - need + 1 < 60 ? cap - need + 1 : 60);
    }
    pair_pump(p, &wide, &wide);
    CHECK(bytes_equal(&p->s.got, &p->c.say));
  }
}

/* app_out, or the view's limit, of every size for records of every small size. */
static void room_for_plaintext(pair *p)
{
  for (size_t n = 1; n <= 40; n += 13) {
    for (size_t cap = 0; cap <= n + 24; cap++) {
      for (int view = 0; view < 2; view++) {
        limits m = { ANY, TLSQL_WIRE_OUT_SIZE, ANY, 0, 0 };
        m.app_out = cap;
        m.view = view;
        end_forget(&p->c);
        end_forget(&p->s);
        end_say(&p->s, n, (uint32_t)cap);
        end_step(&p->s, &wide);
        end_deliver(&p->s, &p->c);
        end_step(&p->c, &m);
        if (p->c.got.len) {
          CHECK_EQ(p->c.got.len, n);
          CHECK(cap >= n);
        } else {
          CHECK_EQ(p->c.step.wire_in_used, 0);
          CHECK_EQ(p->c.step.want & TLSQL_WANT_APP_OUT, TLSQL_WANT_APP_OUT);
          CHECK(p->c.step.need_app_out > cap && p->c.step.need_app_out >= n);
          m.app_out = p->c.step.need_app_out;
          end_step(&p->c, &m);
        }
        CHECK(bytes_equal(&p->c.got, &p->s.say));
        CHECK_EQ(p->c.in.len, 0);
      }
    }
  }
}

/* wire_in cut after every byte of three records: what is whole is delivered, the rest kept. */
static void windows(pair *p, size_t step)
{
  static const size_t sizes[3] = { 1, 90, 300 };
  for (int view = 0; view < 2; view++) {
    const limits *m = view ? &in_place : &wide;
    size_t total = 0, cut = 0;
    do {
      bytes wire = { NULL, 0, 0 };
      size_t whole = 0, plain = 0, left;
      end_forget(&p->c);
      end_forget(&p->s);
      for (uint32_t i = 0; i < 3; i++) {
        end_say(&p->s, sizes[i], i + (uint32_t)cut);
        end_step(&p->s, &wide);
        if (p->s.out.len <= cut) {
          whole = p->s.out.len;
          plain = p->s.say.len;
        }
      }
      total = p->s.out.len;
      bytes_add(&wire, p->s.out.at, total);
      p->s.out.len = 0;
      bytes_add(&p->c.in, wire.at, cut);
      while (end_turn(&p->c, m)) continue;
      CHECK_EQ(p->c.got.len, plain);
      CHECK_EQ(p->c.in.len, cut - whole);
      left = p->c.in.len;
      if (left >= 5)
        CHECK_EQ(p->c.step.need_wire_in,
                 5 + ((size_t)p->c.in.at[3] << 8 | p->c.in.at[4]));
      else
        CHECK(left ? p->c.step.need_wire_in > left : p->c.step.need_wire_in == 0);
      bytes_add(&p->c.in, wire.at + cut, total - cut);
      while (end_turn(&p->c, m)) continue;
      CHECK(bytes_equal(&p->c.got, &p->s.say));
      bytes_free(&wire);
      cut += step;
    } while (cut <= total);
  }
}

/* The largest record there is, in the buffers that the header promises to be enough. */
static void largest(pair *p)
{
  for (size_t n = 16380; n <= 16390; n++) {
    limits m = { ANY, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_APP_OUT_SIZE, 0 };
    end_forget(&p->c);
    end_forget(&p->s);
    end_say(&p->s, n, (uint32_t)n);
    end_step(&p->s, &m);
    CHECK(p->s.out.len <= TLSQL_WIRE_IN_SIZE);
    pair_pump(p, &m, &m);
    CHECK(bytes_equal(&p->c.got, &p->s.say));
  }
}

/* A record that claims more than fits must not make a host wait for room that it cannot have. */
static void too_large(pair *p, int view)
{
  limits m = { ANY, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_APP_OUT_SIZE, 0 };
  uint8_t header[5] = { 23, 3, 3, 0x41, 0 };       /* 2^14 + 256: the most that TLS 1.3 allows */
  m.view = view;
  bytes_add(&p->c.in, header, sizeof header);
  bytes_fill(&p->c.in, 0x4100, 7);
  while (end_turn(&p->c, &m)) continue;
  CHECK(p->c.failure == TLSQL_E_DECRYPT || p->c.failure == TLSQL_E_RECORD);
  CHECK_EQ(p->c.step.want & TLSQL_WANT_APP_OUT, 0);
}

/* The texts and packets that the library writes into a caller's buffer. */
static void written(pair *p)
{
  static const char *const names[] = { "Ssl_cipher", "Ssl_version", "Ssl_cipher_list" };
  char text[2000];
  size_t needed = 0;
  tlsql_error e = fresh_error();
  for (size_t i = 0; i < 3; i++) {
    size_t full = 0;
    CHECK_CODE(tlsql_conn_status(p->c.conn, names[i], strlen(names[i]), text, sizeof text, &full),
               TLSQL_OK);
    CHECK_EQ(full, strlen(text) + 1);
    for (size_t cap = 0; cap <= full + 1; cap++) {
      char *exactly = (char *)exact(NULL, cap);
      CHECK_CODE(tlsql_conn_status(p->c.conn, names[i], strlen(names[i]), cap ? exactly : NULL,
                                   cap, &needed), cap < full ? TLSQL_E_ROOM : TLSQL_OK);
      CHECK_EQ(needed, full);
      if (cap >= full) CHECK_TEXT(exactly, text);
      free(exactly);
    }
  }
  for (uint32_t bits = 256; bits <= 512; bits += 128) {
    for (size_t cap = 0; cap <= bits / 8 + 1; cap++) {
      uint8_t *exactly = exact(NULL, cap);
      CHECK_CODE(tlsql_conn_peer_fingerprint(p->c.conn, bits, cap ? exactly : NULL, cap, &needed),
                 cap < bits / 8 ? TLSQL_E_ROOM : TLSQL_OK);
      CHECK_EQ(needed, bits / 8);
      free(exactly);
    }
  }
  CHECK_CODE(tlsql_code_info(TLSQL_E_SSL_REQUEST, &e), TLSQL_OK);
  snprintf(e.message, sizeof e.message, "Bad handshake");
  for (size_t cap = 0; cap <= sizeof err1043_tail + 1; cap++) {
    uint8_t *exactly = exact(NULL, cap);
    CHECK_CODE(tlsql_error_packet(&e, 2, TEST_CAPS, cap ? exactly : NULL, cap, &needed),
               cap < sizeof err1043_tail ? TLSQL_E_ROOM : TLSQL_OK);
    CHECK_EQ(needed, sizeof err1043_tail);
    if (cap >= needed) CHECK(memcmp(exactly, err1043_tail, sizeof err1043_tail) == 0);
    free(exactly);
  }
}

int main(int argc, char **argv)
{
  static const char *const versions[] = { "TLSv1.2", "TLSv1.3" };
  size_t bound = (size_t)test_arguments(argc, argv, 400);
  server_context = context_of(TLSQL_SERVER, server_options);
  for (int i = 0; i < 2; i++) {
    const char *options[] = { "ssl-mode", "VERIFY_IDENTITY", "ssl-ca", "@ca.pem",
                              "tls_version", versions[i], NULL };
    pair p;
    client_context = context_of(TLSQL_CLIENT, options);
    for (size_t cap = 0; cap <= bound; cap++) handshake(cap, ANY);
    for (size_t piece = 1; piece <= bound; piece += 37) handshake(TLSQL_WIRE_OUT_SIZE, piece);
    handshake(1, 1);
    pair_secure(&p, client_context, server_context);
    room_for_records(&p);
    room_for_plaintext(&p);
    windows(&p, 1);
    largest(&p);
    written(&p);
    too_large(&p, i);
    pair_free(&p);
    tlsql_context_free(client_context);
  }
  tlsql_context_free(server_context);
  return check_report("short_buffers");
}
