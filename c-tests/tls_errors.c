/* Failures in and after the TLS handshake: certificates, versions, suites, records.  Each with its
 * code, alert and verify bits on the side that finds it, and what the other side is told. */
#include "fault.h"

typedef struct fault {
  const char *name;
  const char *client[9], *server[9];
  uint64_t client_clock;                 /* 0: the real one */
  int server_finds;                      /* which side finds it */
  tlsql_code code;
  uint8_t alert;
  uint32_t verify_flags;
} fault;

static tlsql_context *context_at(uint32_t role, const char *const *options, uint64_t clock)
{
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  CHECK_CODE(tlsql_builder_new(role, &b), TLSQL_OK);
  for (size_t i = 0; options[i]; i += 2)
    CHECK_CODE(set_option(b, options[i], options[i + 1]), TLSQL_OK);
  if (clock) CHECK_CODE(tlsql_builder_set_clock(b, clock), TLSQL_OK);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  tlsql_builder_free(b);
  return ctx;
}

/* The server's last bytes are an ERR 1043 in clear, after whatever TLS had to say. */
static int tail_follows(const bytes *wire)
{
  return wire->len >= sizeof err1043_tail &&
         memcmp(wire->at + wire->len - sizeof err1043_tail, err1043_tail,
                sizeof err1043_tail) == 0;
}

#define SERVER "ssl-ca", "@ca.pem", "ssl-cert", "@server-cert.pem", "ssl-key", "@server-key.pem"
#define IDENTITY "ssl-mode", "VERIFY_IDENTITY", "ssl-ca", "@ca.pem"
#define VERIFY_CA "ssl-mode", "VERIFY_CA", "ssl-ca", "@ca.pem"

static const fault faults[] = {
  { "wrong CA", { "ssl-mode", "VERIFY_CA", "ssl-ca", "@other-ca.pem" }, { SERVER }, 0, 0,
    TLSQL_E_CERT_UNKNOWN_CA, 48, TLSQL_VERIFY_TRUST },
  { "wrong CA under REQUIRED", { "ssl-mode", "REQUIRED", "ssl-ca", "@other-ca.pem" }, { SERVER },
    0, 0, TLSQL_E_CERT_UNKNOWN_CA, 48, TLSQL_VERIFY_TRUST },
  { "wrong name", { IDENTITY },
    { "ssl-cert", "@wrongname-cert.pem", "ssl-key", "@wrongname-key.pem" }, 0, 0,
    TLSQL_E_CERT_NAME, 42, TLSQL_VERIFY_NAME },
  { "expired", { VERIFY_CA }, { "ssl-cert", "@expired-cert.pem", "ssl-key", "@expired-key.pem" },
    0, 0, TLSQL_E_CERT_EXPIRED, 45, TLSQL_VERIFY_TIME },
  { "not valid yet", { VERIFY_CA }, { SERVER }, 1000000000, 0,
    TLSQL_E_CERT_NOT_YET, 42, TLSQL_VERIFY_TIME },
  { "expired by the clock", { VERIFY_CA }, { SERVER }, 4000000000u, 0,
    TLSQL_E_CERT_EXPIRED, 45, TLSQL_VERIFY_TIME },
  { "revoked", { VERIFY_CA, "ssl-crl", "@crl-revoked.pem" }, { SERVER }, 0, 0,
    TLSQL_E_CERT_REVOKED, 44, TLSQL_VERIFY_REVOCATION },
  { "no list of this CA",
    { "ssl-mode", "VERIFY_CA", "ssl-ca", "@other-ca.pem", "ssl-crl", "@crl.pem" },
    { "ssl-cert", "@other-cert.pem", "ssl-key", "@other-key.pem" }, 0, 0,
    TLSQL_E_CRL_STATE, 48, TLSQL_VERIFY_REVOCATION },
  { "a client's certificate", { VERIFY_CA },
    { "ssl-cert", "@client-cert.pem", "ssl-key", "@client-key.pem" }, 0, 0,
    TLSQL_E_CERT_PURPOSE, 43, TLSQL_VERIFY_PURPOSE },
  { "client certificate of another CA",
    { IDENTITY, "ssl-cert", "@other-client-cert.pem", "ssl-key", "@other-client-key.pem" },
    { SERVER }, 0, 1, TLSQL_E_CERT_UNKNOWN_CA, 48, TLSQL_VERIFY_TRUST },
  { "client certificate, server without CA",
    { IDENTITY, "ssl-cert", "@client-cert.pem", "ssl-key", "@client-key.pem" },
    { "ssl-cert", "@server-cert.pem", "ssl-key", "@server-key.pem" }, 0, 1,
    TLSQL_E_CERT_UNKNOWN_CA, 48, TLSQL_VERIFY_TRUST },
};

static void judge(const fault *f, const char *version)
{
  const char *options[11];
  size_t n = 0;
  int tail = 0;
  long before = check_failures;
  tlsql_context *client, *server;
  end *finder, *told;
  tlsql_error e;
  pair p;
  while (f->client[n]) { options[n] = f->client[n]; n++; }
  options[n++] = "tls_version";
  options[n++] = version;
  options[n] = NULL;
  client = context_at(TLSQL_CLIENT, options, f->client_clock);
  server = context_at(TLSQL_SERVER, f->server, 0);
  pair_open(&p, client, server);
  plain_login(&p.c.say);
  finder = f->server_finds ? &p.s : &p.c;
  told = f->server_finds ? &p.c : &p.s;
  for (int i = 0; i < 20 && !(p.c.over && p.s.over); i++) {
    while (end_turn(&p.c, &wide)) continue;
    end_deliver(&p.c, &p.s);
    while (end_turn(&p.s, &wide)) continue;
    tail |= p.s.over && tail_follows(&p.s.out);
    end_deliver(&p.s, &p.c);
  }
  /* Behind an alert that came encrypted nothing is sent in clear. */
  CHECK_EQ(tail, f->server_finds || strcmp(version, "TLSv1.3") != 0);
  e = expect_failure(finder, f->code, 2026, "HY000");
  CHECK_EQ(e.verify_flags, f->verify_flags);
  CHECK_EQ(e.alert_from, 1);
  CHECK_EQ(e.tls_alert, f->alert);
  CHECK_EQ(tlsql_conn_verified(finder->conn), 0);

  e = expect_failure(told, f->server_finds ? TLSQL_E_CLIENT_CERT_REFUSED : TLSQL_E_ALERT, 2026,
                     "HY000");
  CHECK_EQ(e.alert_from, 2);
  CHECK_EQ(e.tls_alert, f->alert);
  CHECK_EQ(p.c.got.len, 0);
  CHECK_EQ(p.s.got.len, 0);                      /* not a byte of the login came through */
  if (!f->server_finds) CHECK_EQ(p.c.said, 0);   /* nor did it leave */
  if (check_failures != before)
    fprintf(stderr, "  with %s, %s: %s\n", f->name, version, e.message);
  pair_free(&p);
  tlsql_context_free(client);
  tlsql_context_free(server);
}

/* What the MySQL manual's recipes make, and other libraries refuse. */
static void old_forms(const char *version)
{
  static const char *const servers[] = { "@v1-cert.pem", "@v1-key.pem", "@cn-cert.pem",
                                         "@cn-key.pem" };
  for (size_t i = 0; i < 4; i += 2) {
    const char *client[] = { IDENTITY, "ssl-cert", "@v1-client-cert.pem", "ssl-key",
                             "@v1-client-key.pem", "tls_version", version, NULL };
    const char *server[] = { "ssl-cert", servers[i], "ssl-key", servers[i + 1], "ssl-ca",
                             "@ca.pem", NULL };
    const uint32_t chain = TLSQL_VERIFY_TRUST | TLSQL_VERIFY_TIME | TLSQL_VERIFY_PURPOSE;
    tlsql_context *c = context_at(TLSQL_CLIENT, client, 0);
    tlsql_context *s = context_at(TLSQL_SERVER, server, 0);
    pair p;
    pair_open(&p, c, s);
    pair_pump(&p, &wide, &wide);
    CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
    CHECK_EQ(tlsql_conn_phase(p.s.conn), TLSQL_PHASE_TLS);
    CHECK_EQ(tlsql_conn_verified(p.c.conn), chain | TLSQL_VERIFY_NAME);
    CHECK_EQ(tlsql_conn_verified(p.s.conn), chain);
    pair_free(&p);
    tlsql_context_free(c);
    tlsql_context_free(s);
  }
}

/* What each side makes of nothing in common. */
static void nothing_in_common(void)
{
  static const struct {
    const char *client[3], *server[3];
    tlsql_code code, told;
    uint8_t alert;
    const char *option;
  } rows[] = {
    { { "tls_version", "TLSv1.3" }, { "tls_version", "TLSv1.2" }, TLSQL_E_VERSION,
      TLSQL_E_VERSION, 70, "tls_version" },
    /* No MySQL 5.7 has TLS 1.3, so the client takes it for one with TLS 1.1. */
    { { "tls_version", "TLSv1.2" }, { "tls_version", "TLSv1.3" }, TLSQL_E_VERSION,
      TLSQL_E_OLD_TLS, 70, "tls_version" },
    { { "ssl_cipher", "ECDHE-ECDSA-AES128-GCM-SHA256" },
      { "ssl_cipher", "ECDHE-ECDSA-AES256-GCM-SHA384" }, TLSQL_E_CIPHER, TLSQL_E_CIPHER, 40,
      "ssl_cipher" },
  };
  for (size_t i = 0; i < 3; i++) {
    const char *client[] = { "ssl-mode", "REQUIRED", rows[i].client[0], rows[i].client[1],
                             "tls_version", i == 2 ? "TLSv1.2" : rows[i].client[1], NULL };
    const char *server[] = { SERVER, rows[i].server[0], rows[i].server[1], NULL };
    tlsql_context *c = context_at(TLSQL_CLIENT, client, 0);
    tlsql_context *s = context_at(TLSQL_SERVER, server, 0);
    tlsql_error e;
    pair p;
    pair_open(&p, c, s);
    pair_pump(&p, &wide, &wide);
    e = expect_failure(&p.s, rows[i].code, 2026, "HY000");
    CHECK_HOLDS(e.message, rows[i].option);
    CHECK_EQ(e.tls_alert, rows[i].alert);
    CHECK_EQ(e.alert_from, 1);
    e = expect_failure(&p.c, rows[i].told, 2026, "HY000");
    CHECK_HOLDS(e.message, rows[i].option);
    CHECK_EQ(e.tls_alert, rows[i].alert);
    CHECK_EQ(e.alert_from, 2);
    pair_free(&p);
    tlsql_context_free(c);
    tlsql_context_free(s);
  }
}

/* What a server may answer to an SSLRequest that is not TLS. */
static void not_tls(tlsql_context *ctx, int tls13)
{
  /* No MySQL 5.7 has TLS 1.3. */
  const tlsql_code refused = tls13 ? TLSQL_E_VERSION : TLSQL_E_CIPHER;
  const struct {
    const char *bytes;
    size_t len;
    tlsql_code code;
    uint16_t number;
  } rows[] = {
    { TLSQL_STR("\x16\x00\x00\x02\xff\x13\x04#08S01Bad handshake"), TLSQL_E_SERVER_ERROR, 1043 },
    { "\x12\x00\x00\x02\xff\x84\x04out of order pack", 22, TLSQL_E_SERVER_ERROR, 1156 },
    { TLSQL_STR("\x07\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00"), TLSQL_E_RECORD, 2026 },
    { TLSQL_STR("HTTP/1.1 400 Bad Request"), TLSQL_E_RECORD, 2026 },
    { TLSQL_STR("\x17\x02\x03\x00\x01x"), TLSQL_E_RECORD, 2026 },
    { TLSQL_STR("\x16\x03\x03\xff\xff\x02"), TLSQL_E_RECORD, 2026 },
    { TLSQL_STR("\x16\x03\x03\x00\x04\x02\xff\xff\xff"), TLSQL_E_HANDSHAKE_SIZE, 2026 },
    { TLSQL_STR("\x16\x03\x03\x00\x04\x02\x00\x00\x00"), TLSQL_E_MISBEHAVED, 2026 },
    { TLSQL_STR("\x15\x03\x03\x00\x02\x02\x28"), refused, 2026 },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    for (size_t chunk = 1; chunk < 100; chunk += 98) {
      const limits m = { chunk, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_APP_OUT_SIZE, 0 };
      long before = check_failures;
      tlsql_error e;
      end c;
      end_open(&c, ctx, TLSQL_CLIENT);
      bytes_add(&c.in, greeting57, sizeof greeting57);
      while (end_turn(&c, &wide)) continue;
      c.out.len = 0;
      bytes_add(&c.in, rows[i].bytes, rows[i].len);
      while (end_turn(&c, &m)) continue;
      e = expect_failure(&c, rows[i].code, rows[i].number,
                         rows[i].code == TLSQL_E_SERVER_ERROR && i == 0 ? "08S01" : "HY000");
      CHECK_EQ(e.flags, rows[i].code == TLSQL_E_SERVER_ERROR ? TLSQL_ERROR_UNAUTHENTICATED : 0);
      CHECK_EQ(c.got.len, 0);
      CHECK_EQ(c.out.len, e.alert_from == 1 ? 7 : 0);            /* says so if and only if sent */
      if (c.out.len == 7) CHECK(c.out.at[0] == 21 && c.out.at[6] == e.tls_alert);
      CHECK_EQ(tlsql_conn_outcome(c.conn), TLSQL_OUTCOME_NONE);   /* and never clear text */
      if (check_failures != before) fprintf(stderr, "  with answer %zu: %s\n", i, e.message);
      end_free(&c);
    }
  }
}

/* What a client may send as its ClientHello. */
static void bad_hellos(tlsql_context *ctx)
{
  static const struct { const char *bytes; size_t len; tlsql_code code; uint8_t alert; } rows[] = {
    { TLSQL_STR("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"), TLSQL_E_MISBEHAVED, 50 },
    { TLSQL_STR("\x16\x03\x01\x00\x04\x02\x00\x00\x00"), TLSQL_E_MISBEHAVED, 50 },
    { TLSQL_STR("\x16\x03\x01\x00\x04\x01\xff\xff\xff"), TLSQL_E_HANDSHAKE_SIZE, 50 },
    { TLSQL_STR("\x16\x03\x01\xff\xff\x01"), TLSQL_E_RECORD, 22 }, /* record_overflow */
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    long before = check_failures;
    tlsql_error e;
    end s;
    end_open(&s, ctx, TLSQL_SERVER);
    while (end_turn(&s, &wide)) continue;
    s.out.len = 0;
    bytes_add(&s.in, ssl_request, sizeof ssl_request);
    bytes_add(&s.in, rows[i].bytes, rows[i].len);
    while (end_turn(&s, &wide)) continue;
    e = expect_failure(&s, rows[i].code, 2026, "HY000");
    CHECK_EQ(e.alert_from, rows[i].alert != 0);                   /* an alert, then the tail */
    CHECK_EQ(e.tls_alert, rows[i].alert);
    CHECK_EQ(s.out.len, (rows[i].alert ? 7 : 0) + sizeof err1043_tail);
    if (rows[i].alert) CHECK(s.out.at[0] == 21 && s.out.at[6] == rows[i].alert);
    CHECK(tail_follows(&s.out));
    if (check_failures != before) fprintf(stderr, "  with hello %zu\n", i);
    end_free(&s);
  }
}

/* Records that were changed on their way, or do not belong there. */
static void bad_records(tlsql_context *client, tlsql_context *server, int tls13)
{
  for (int kind = 0; kind < 4; kind++) {
    tlsql_error e;
    tlsql_code code = kind == 0 ? TLSQL_E_DECRYPT : kind == 3 ? TLSQL_E_DECRYPT : TLSQL_E_RECORD;
    /* RFC 8446 section 5: unexpected_message for a type that nobody knows. */
    uint8_t alert = code == TLSQL_E_DECRYPT ? 20 : kind == 1 ? 10 : 50;
    long before = check_failures;
    pair p;
    pair_secure(&p, client, server);
    p.s.out.len = p.c.out.len = 0;
    end_say(&p.s, 500, 1);
    end_step(&p.s, &wide);
    if (kind == 0) p.s.out.at[p.s.out.len - 1] ^= 1;            /* one bit of the tag */
    if (kind == 1) p.s.out.at[0] = 99;                          /* no such type */
    if (kind == 2) p.s.out.at[1] = 9;                           /* no such version */
    if (kind == 3) p.s.out.at[4] = (uint8_t)(p.s.out.at[4] - 1); /* cut short by one */
    end_deliver(&p.s, &p.c);
    while (end_turn(&p.c, &wide)) continue;
    e = expect_failure(&p.c, code, 2026, "HY000");
    CHECK_EQ(e.tls_alert, alert);
    CHECK_EQ(e.alert_from, 1);
    CHECK_EQ(p.c.got.len, 0);
    end_deliver(&p.c, &p.s);
    while (end_turn(&p.s, &wide)) continue;
    e = expect_failure(&p.s, TLSQL_E_ALERT, 2026, "HY000");
    CHECK_EQ(e.tls_alert, alert);
    CHECK_EQ(e.alert_from, 2);
    CHECK_EQ(p.s.out.len, 0);                                   /* no tail once TLS is up */
    if (check_failures != before) fprintf(stderr, "  with kind %d, 1.%d\n", kind, 2 + tls13);
    pair_free(&p);
  }
}

/* The same record twice, and records out of order. */
static void replayed(tlsql_context *client, tlsql_context *server)
{
  pair p;
  bytes once = { NULL, 0, 0 };
  pair_secure(&p, client, server);
  end_say(&p.s, 40, 1);
  end_step(&p.s, &wide);
  bytes_add(&once, p.s.out.at, p.s.out.len);
  end_deliver(&p.s, &p.c);
  end_step(&p.c, &wide);
  CHECK(bytes_equal(&p.c.got, &p.s.say));
  bytes_add(&p.c.in, once.at, once.len);
  while (end_turn(&p.c, &wide)) continue;
  CHECK_EQ(p.c.got.len, 40);
  expect_failure(&p.c, TLSQL_E_DECRYPT, 2026, "HY000");
  bytes_free(&once);
  pair_free(&p);
}

/* Work done before a failure is reported first, in a step of its own. */
static void work_before_failure(tlsql_context *client, tlsql_context *server)
{
  pair p;
  size_t first;
  pair_secure(&p, client, server);
  end_say(&p.s, 100, 1);
  end_step(&p.s, &wide);
  first = p.s.out.len;
  end_say(&p.s, 100, 2);
  end_step(&p.s, &wide);
  p.s.out.at[first + 7] ^= 0x40;
  end_deliver(&p.s, &p.c);
  CHECK_CODE(end_step(&p.c, &wide), TLSQL_OK);
  CHECK_EQ(p.c.got.len, 100);
  while (end_turn(&p.c, &wide)) continue;
  expect_failure(&p.c, TLSQL_E_DECRYPT, 2026, "HY000");
  CHECK_EQ(p.c.got.len, 100);
  pair_free(&p);
}

/* require_secure_transport: a refusal that the connection survives. */
static void secure_transport(void)
{
  static const struct { const char *mode, *transport, *profile, *sqlstate; int refused; } rows[] = {
    { "DISABLED", "tcp", "mysql57", "HY000", 1 },
    { "DISABLED", "tcp", "mariadb", "08004", 1 },
    { "DISABLED", "unix", "mysql57", "", 0 },
    { "DISABLED", "shared-memory", "mysql57", "", 0 },
    { "DISABLED", "named-pipe", "mysql57", "HY000", 1 },
    { "REQUIRED", "tcp", "mysql57", "", 0 },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const char *client[] = { "ssl-mode", rows[i].mode, NULL };
    const char *server[] = { SERVER, "require_secure_transport", "ON", "tlsql_profile",
                             rows[i].profile, NULL };
    tlsql_context *c = context_at(TLSQL_CLIENT, client, 0);
    tlsql_context *s = context_at(TLSQL_SERVER, server, 0);
    tlsql_error e = fresh_error();
    uint8_t buf[200];
    size_t n = 0;
    pair p;
    pair_open(&p, c, s);
    CHECK_CODE(tlsql_conn_set(p.s.conn, TLSQL_STR("transport"), rows[i].transport,
                              strlen(rows[i].transport), NULL), TLSQL_OK);
    plain_login(&p.c.say);
    CHECK_CODE(tlsql_conn_check_transport(p.s.conn, &e), TLSQL_E_STATE);
    pair_pump(&p, &wide, &wide);
    CHECK(bytes_equal(&p.s.got, &p.c.say));
    CHECK_EQ(tlsql_conn_secure_transport(p.s.conn), !rows[i].refused);
    CHECK_CODE(tlsql_conn_check_transport(p.s.conn, &e),
               rows[i].refused ? TLSQL_E_SECURE_TRANSPORT : TLSQL_OK);
    CHECK_CODE(e.code, rows[i].refused ? TLSQL_E_SECURE_TRANSPORT : TLSQL_OK);
    CHECK_EQ(e.mysql_errno, rows[i].refused ? 3159 : 0);
    CHECK_TEXT(e.sqlstate, rows[i].sqlstate);
    CHECK_CODE(conn_error(p.s.conn).code, TLSQL_OK);
    if (rows[i].refused) {
      const char *text = "Connections using insecure transport are prohibited while "
                         "--require_secure_transport=ON.";
      CHECK_TEXT(e.message, text);
      CHECK_CODE(tlsql_error_packet(&e, 2, TEST_CAPS, buf, sizeof buf, &n), TLSQL_OK);
      CHECK_EQ(n, 4 + 9 + strlen(text));
      CHECK_EQ(buf[0], n - 4);
      CHECK(memcmp(buf + 1, TLSQL_STR("\x00\x00\x02\xff\x57\x0c#")) == 0);
      CHECK(memcmp(buf + 8, rows[i].sqlstate, 5) == 0);
      CHECK(memcmp(buf + 13, text, strlen(text)) == 0);
      CHECK_CODE(tlsql_error_packet(&e, 2, 0, buf, sizeof buf, &n), TLSQL_OK);  /* pre-4.1 */
      CHECK_EQ(n, 4 + 3 + strlen(text));
      bytes_add(&p.s.say, buf, n);
      pair_pump(&p, &wide, &wide);
      CHECK(bytes_equal(&p.c.got, &p.s.say));
    }
    pair_free(&p);
    tlsql_context_free(c);
    tlsql_context_free(s);
  }
}

int main(int argc, char **argv)
{
  static const char *const versions[] = { "TLSv1.2", "TLSv1.3" };
  static const char *const with_ca[] = { SERVER, NULL };
  test_arguments(argc, argv, 0);
  for (int tls13 = 0; tls13 < 2; tls13++) {
    const char *options[] = { IDENTITY, "tls_version", versions[tls13], NULL };
    tlsql_context *client = context_of(TLSQL_CLIENT, options);
    tlsql_context *server = context_of(TLSQL_SERVER, with_ca);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) judge(&faults[i], versions[tls13]);
    old_forms(versions[tls13]);
    not_tls(client, tls13);
    bad_hellos(server);
    bad_records(client, server, tls13);
    replayed(client, server);
    work_before_failure(client, server);
    tlsql_context_free(client);
    tlsql_context_free(server);
  }
  nothing_in_common();
  secure_transport();
  return check_report("tls_errors");
}
