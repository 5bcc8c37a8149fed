/* Handshakes changed on their way: single messages rewritten, and every byte of the flights in
 * clear flipped.  Whoever finds it, no application byte comes through a tampered handshake. */
#include "fault.h"

static tlsql_context *client_context, *server_context;

/* Offset of the first handshake message of this type in a flight of records in clear, whose
 * messages do not cross records; 0 if there is none. */
static size_t message(const bytes *wire, uint8_t type)
{
  for (size_t at = 0; at + 9 <= wire->len;) {
    size_t end = at + 5 + ((size_t)wire->at[at + 3] << 8 | wire->at[at + 4]);
    if (wire->at[at] != 22) return 0;
    for (size_t m = at + 5; m + 4 <= end && m + 4 <= wire->len;) {
      if (wire->at[m] == type) return m;
      m += 4 + ((size_t)wire->at[m + 1] << 16 | (size_t)wire->at[m + 2] << 8 | wire->at[m + 3]);
    }
    at = end;
  }
  return 0;
}

static size_t message_len(const bytes *wire, size_t m)
{
  return 4 + ((size_t)wire->at[m + 1] << 16 | (size_t)wire->at[m + 2] << 8 | wire->at[m + 3]);
}

/* Up to the server's first flight, which stays in p->s.out; the greeting is not part of it. */
static void up_to_server_flight(pair *p)
{
  pair_open(p, client_context, server_context);
  plain_login(&p->c.say);
  for (int i = 0; i < 2; i++) {
    while (end_turn(&p->s, &wide)) continue;
    if (i == 0) end_deliver(&p->s, &p->c);
    while (end_turn(&p->c, &wide)) continue;
    if (i == 0) end_deliver(&p->c, &p->s);
  }
  CHECK_EQ(tlsql_conn_phase(p->c.conn), TLSQL_PHASE_HANDSHAKE);
  CHECK_EQ(tlsql_conn_phase(p->s.conn), TLSQL_PHASE_HANDSHAKE);
  CHECK(p->s.out.len > 5 && p->s.out.at[0] == 22);
}

static void nothing_came_through(const pair *p)
{
  CHECK_EQ(p->c.got.len, 0);
  CHECK_EQ(p->s.got.len, 0);
  CHECK_EQ(p->c.said, 0);
}

/* TLS 1.2 signs the key exchange with the certificate's key. */
static void wrong_signature(void)
{
  tlsql_error e;
  pair p;
  size_t m;
  up_to_server_flight(&p);
  m = message(&p.s.out, 12);
  if (CHECK(m > 0)) p.s.out.at[m + message_len(&p.s.out, m) - 1] ^= 1;
  pair_pump(&p, &wide, &wide);
  e = expect_failure(&p.c, TLSQL_E_CERT_SIGNATURE, 2026, "HY000");
  CHECK_EQ(e.verify_flags, TLSQL_VERIFY_TRUST);
  CHECK_EQ(e.alert_from, 1);
  CHECK_EQ(e.tls_alert, 51);
  nothing_came_through(&p);
  pair_free(&p);
}

/* A server that shows no certificate. */
static void no_certificate(void)
{
  static const uint8_t empty[12] = { 22, 3, 3, 0, 7, 11, 0, 0, 3, 0, 0, 0 };
  bytes flight = { NULL, 0, 0 };
  pair p;
  size_t m;
  up_to_server_flight(&p);
  m = message(&p.s.out, 11);
  if (CHECK(m > 5)) {
    uint8_t header[5] = { 22, 3, 3, 0, 0 };
    size_t hello = message(&p.s.out, 2), len = message_len(&p.s.out, hello);
    header[3] = (uint8_t)(len >> 8);
    header[4] = (uint8_t)len;
    bytes_add(&flight, header, 5);
    bytes_add(&flight, p.s.out.at + hello, len);
    bytes_add(&flight, empty, sizeof empty);
    m = message(&p.s.out, 12);
    len = message_len(&p.s.out, m);
    header[3] = (uint8_t)(len >> 8);
    header[4] = (uint8_t)len;
    bytes_add(&flight, header, 5);
    bytes_add(&flight, p.s.out.at + m, len);
    bytes_add(&flight, TLSQL_STR("\x16\x03\x03\x00\x04\x0e\x00\x00\x00"));
  }
  p.s.out.len = 0;
  bytes_add(&p.s.out, flight.at, flight.len);
  bytes_free(&flight);
  pair_pump(&p, &wide, &wide);
  expect_failure(&p.c, TLSQL_E_CERT_MISSING, 2026, "HY000");
  nothing_came_through(&p);
  pair_free(&p);
}

/* A client that offers no group this server knows. */
static void no_group(int tls13)
{
  pair p;
  tlsql_error e;
  size_t m, at, end;
  pair_open(&p, client_context, server_context);
  while (end_turn(&p.s, &wide)) continue;
  end_deliver(&p.s, &p.c);
  while (end_turn(&p.c, &wide)) continue;
  bytes_drop(&p.c.out, sizeof ssl_request);
  m = message(&p.c.out, 1);
  CHECK_EQ(m, 5);
  end = m + message_len(&p.c.out, m);
  at = m + 4 + 2 + 32;                                         /* version, random */
  at += 1u + p.c.out.at[at];                                   /* session id */
  at += 2u + ((size_t)p.c.out.at[at] << 8 | p.c.out.at[at + 1]);   /* cipher suites */
  at += 1u + p.c.out.at[at] + 2u;                              /* compression, extensions */
  for (int found = 0; at + 4 <= end;) {
    size_t type = (size_t)p.c.out.at[at] << 8 | p.c.out.at[at + 1];
    size_t len = (size_t)p.c.out.at[at + 2] << 8 | p.c.out.at[at + 3];
    if (type == 10) {                                          /* supported_groups */
      for (size_t i = 2; i < len; i++) p.c.out.at[at + 4 + i] = 0xfa;
      found = 1;
    }
    at += 4 + len;
    if (at >= end) CHECK(found);
  }
  bytes_add(&p.s.in, ssl_request, sizeof ssl_request);
  end_deliver(&p.c, &p.s);
  pair_pump(&p, &wide, &wide);
  e = expect_failure(&p.s, TLSQL_E_INCOMPATIBLE, 2026, "HY000");
  CHECK_EQ(e.tls_alert, 40);
  /* No MySQL 5.7 has TLS 1.3. */
  expect_failure(&p.c, tls13 ? TLSQL_E_VERSION : TLSQL_E_CIPHER, 2026, "HY000");
  pair_free(&p);
}

/* One bit of one byte of either side's flight, at every place.  Bytes that TLS does not protect
 * (a record's legacy version) may be changed; then both sides come up and agree. */
static void every_byte(size_t stride)
{
  size_t harmless = 0, found = 0;
  for (int from_server = 0; from_server < 2; from_server++) {
    size_t flight = ANY;                                       /* known once it was made */
    for (size_t at = from_server ? 0 : sizeof ssl_request; at < flight; at += stride) {
      bytes *wire;
      pair p;
      if (from_server) {
        up_to_server_flight(&p);
        wire = &p.s.out;
      } else {
        pair_open(&p, client_context, server_context);
        plain_login(&p.c.say);
        while (end_turn(&p.s, &wide)) continue;
        end_deliver(&p.s, &p.c);
        while (end_turn(&p.c, &wide)) continue;
        wire = &p.c.out;
      }
      flight = wire->len;
      if (at < flight) wire->at[at] ^= 1;
      pair_pump(&p, &wide, &wide);
      if (!p.c.failure && !p.s.failure) {                      /* then somebody still waits */
        int up = tlsql_conn_phase(p.c.conn) == TLSQL_PHASE_TLS &&
                 tlsql_conn_phase(p.s.conn) == TLSQL_PHASE_TLS;
        if (up) CHECK(bytes_equal(&p.s.got, &p.c.say));
        else nothing_came_through(&p);
        harmless++;
      } else {
        CHECK_EQ(p.s.got.len, 0);
        CHECK(conn_error(p.c.failure ? p.c.conn : p.s.conn).message[0]);
        found++;
      }
      pair_free(&p);
    }
  }
  CHECK(found > 10 * harmless);
}

int main(int argc, char **argv)
{
  static const char *const versions[] = { "TLSv1.2", "TLSv1.3" };
  size_t stride = (size_t)test_arguments(argc, argv, 1);
  server_context = context_of(TLSQL_SERVER, server_options);
  for (int i = 0; i < 2; i++) {
    const char *options[] = { "ssl-mode", "VERIFY_IDENTITY", "ssl-ca", "@ca.pem",
                              "tls_version", versions[i], NULL };
    client_context = context_of(TLSQL_CLIENT, options);
    if (i == 0) {
      wrong_signature();
      no_certificate();
    }
    no_group(i);
    every_byte(stride);
    tlsql_context_free(client_context);
  }
  tlsql_context_free(server_context);
  return check_report("tampered");
}
