/* Failures around the greeting and the first packet, in both roles: each with its code, errno
 * and SQLSTATE, whole and byte by byte, and with what goes out to the peer. */
#include "fault.h"

static tlsql_context *client_context, *server_context;

/* A packet with this payload. */
static void packet(bytes *b, uint8_t sequence, const void *payload, size_t len)
{
  uint8_t header[4];
  header[0] = (uint8_t)len;
  header[1] = (uint8_t)(len >> 8);
  header[2] = (uint8_t)(len >> 16);
  header[3] = sequence;
  bytes_add(b, header, 4);
  bytes_add(b, payload, len);
}

typedef struct said { tlsql_code code; uint16_t mysql_errno; const char *sqlstate, *holds; } said;

/* A client that is told these bytes. */
static void client_hears(tlsql_context *ctx, const bytes *wire, const said *want)
{
  static const limits bytewise = { 1, TLSQL_WIRE_OUT_SIZE, ANY, TLSQL_APP_OUT_SIZE, 0 };
  for (int by_byte = 0; by_byte < 2; by_byte++) {
    tlsql_error e;
    end c;
    end_open(&c, ctx, TLSQL_CLIENT);
    bytes_add(&c.in, wire->at, wire->len);
    while (end_turn(&c, by_byte ? &bytewise : &wide)) continue;
    CHECK_EQ(c.out.len, 0);
    CHECK_EQ(c.got.len, 0);
    e = expect_failure(&c, want->code, want->mysql_errno, want->sqlstate);
    CHECK_HOLDS(e.message, want->holds);
    CHECK_EQ(e.flags & TLSQL_ERROR_UNAUTHENTICATED,
             want->code == TLSQL_E_SERVER_ERROR ? TLSQL_ERROR_UNAUTHENTICATED : 0);
    CHECK_EQ(c.out.len, 0);
    end_free(&c);
  }
}

static void bad_greetings(void)
{
  static const said damaged = { TLSQL_E_GREETING, 2027, "HY000", "alformed" };
  static const said protocol = { TLSQL_E_OLD_PROTOCOL, 2007, "HY000", "Protocol mismatch" };
  static const said order = { TLSQL_E_SEQUENCE, 2013, "HY000", "out of order" };
  static const said size = { TLSQL_E_PACKET_SIZE, 1153, "08S01", "packet" };
  uint8_t payload[74];
  bytes wire = { NULL, 0, 0 };
#define HEAR(sequence, n, want) do { \
    packet(&wire, sequence, payload, n); \
    client_hears(client_context, &wire, want); \
    wire.len = 0; \
  } while (0)

  memcpy(payload, greeting57 + 4, sizeof payload);
  for (size_t len = 1; len < 52; len++) HEAR(0, len, &damaged);    /* up to the plugin's name */
  payload[30 - 2] = 0x80;                                          /* length of the auth data */
  HEAR(0, 74, &damaged);
  memcpy(payload, greeting57 + 4, sizeof payload);
  payload[0] = 9;
  HEAR(0, 74, &protocol);
  payload[0] = 11;
  HEAR(0, 74, &protocol);
  payload[0] = 10;
  HEAR(1, 74, &order);
  HEAR(255, 74, &order);

  bytes_add(&wire, TLSQL_STR("\xff\xff\xff\x00\x0a"));                     /* a packet of 16 MiB */
  client_hears(client_context, &wire, &size);
  wire.len = 0;
  bytes_add(&wire, TLSQL_STR("\x00\x00\x00\x00"));                         /* and one of nothing */
  client_hears(client_context, &wire, &damaged);
  bytes_free(&wire);
#undef HEAR
}

/* Other protocols that answer on the port. */
static void strangers(void)
{
  static const char *const lines[] = {
    "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n",
    "-ERR unknown command\r\n", "\x15\x03\x01\x00\x02\x02\x46", "+OK POP3 ready\r\n"
  };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    tlsql_error e;
    end c;
    size_t len = i == 4 ? 7 : strlen(lines[i]);
    end_open(&c, client_context, TLSQL_CLIENT);
    bytes_add(&c.in, lines[i], len);
    while (end_turn(&c, &wide)) continue;
    if (!c.failure) c.failure = tlsql_conn_eof(c.conn, c.in.len);
    e = conn_error(c.conn);
    CHECK(e.code == TLSQL_E_NOT_MYSQL || e.code == TLSQL_E_PACKET_SIZE ||
          e.code == TLSQL_E_EOF || e.code == TLSQL_E_GREETING);
    CHECK(e.message[0] && e.mysql_errno);
    CHECK_EQ(c.out.len, 0);
    end_free(&c);
  }
}

static void err_packets(void)
{
  static const struct { const char *payload; size_t len; said want; } rows[] = {
    { TLSQL_STR("\xff\x69\x04Host '192.0.2.7' is blocked"),
      { TLSQL_E_SERVER_ERROR, 1129, "HY000", "Host '192.0.2.7' is blocked" } },
    { TLSQL_STR("\xff\x10\x04#08004Too many connections"),
      { TLSQL_E_SERVER_ERROR, 1040, "08004", "Too many connections" } },
    { TLSQL_STR("\xff\x10\x04#08004"), { TLSQL_E_SERVER_ERROR, 1040, "08004", "1040" } },
    { TLSQL_STR("\xff\x6a\x04\x1b[31mred\x07 \xc3\x28"),
      { TLSQL_E_SERVER_ERROR, 1130, "HY000", "red" } },
    { TLSQL_STR("\xff"), { TLSQL_E_GREETING, 2027, "HY000", "" } },
    { TLSQL_STR("\xff\x10"), { TLSQL_E_GREETING, 2027, "HY000", "" } },
    { TLSQL_STR("\xff\x10\x04"), { TLSQL_E_SERVER_ERROR, 1040, "HY000", "1040" } },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bytes wire = { NULL, 0, 0 };
    packet(&wire, 0, rows[i].payload, rows[i].len);
    client_hears(client_context, &wire, &rows[i].want);
    bytes_free(&wire);
  }
}

/* No TLS at the server: under REQUIRED and above not one byte is sent. */
static void no_tls_offered(void)
{
  static const char *const modes[] = { "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY" };
  static const said want = { TLSQL_E_NO_TLS_OFFERED, 2026, "HY000",
                             "SSL is required but the server doesn't support it" };
  bytes wire = { NULL, 0, 0 };
  bytes_add(&wire, greeting57, sizeof greeting57);
  wire.at[GREETING_LOW_CAPS] &= (uint8_t)~CLIENT_SSL_HIGH_BIT;
  for (size_t i = 0; i < 3; i++) {
    const char *options[] = { "ssl-mode", modes[i], "ssl-ca", "@ca.pem", NULL };
    tlsql_context *ctx = context_of(TLSQL_CLIENT, options);
    client_hears(ctx, &wire, &want);
    tlsql_context_free(ctx);
  }
  {
    static const char *const options[] = { "ssl-mode", "PREFERRED", NULL };
    tlsql_context *ctx = context_of(TLSQL_CLIENT, options);
    end c;
    end_open(&c, ctx, TLSQL_CLIENT);
    bytes_add(&c.in, wire.at, wire.len);
    while (end_turn(&c, &wide)) continue;
    CHECK_CODE(c.failure, TLSQL_OK);
    CHECK_EQ(c.out.len, 0);
    CHECK_EQ(tlsql_conn_outcome(c.conn), TLSQL_OUTCOME_PLAIN_NO_TLS);
    end_free(&c);
    tlsql_context_free(ctx);
  }
  bytes_free(&wire);
}

/* Nothing to compare the certificate with: refused before anything is sent. */
static void no_name(void)
{
  end c;
  memset(&c, 0, sizeof c);
  c.role = TLSQL_CLIENT;
  c.request = test_request();
  CHECK_CODE(tlsql_client_new(client_context, &c.conn, NULL), TLSQL_OK);
  bytes_add(&c.in, greeting57, sizeof greeting57);
  while (end_turn(&c, &wide)) continue;
  CHECK_EQ(c.out.len, 0);
  CHECK_HOLDS(expect_failure(&c, TLSQL_E_NO_NAME, 2026, "HY000").message, "verify_name");
  end_free(&c);
}

static void eof_before_tls(void)
{
  end c;
  for (size_t n = 0; n <= sizeof greeting57; n += 13) {
    end_open(&c, client_context, TLSQL_CLIENT);
    c.by_hand = 1;
    bytes_add(&c.in, greeting57, n);
    while (end_turn(&c, &wide)) continue;
    CHECK_CODE(c.failure = tlsql_conn_eof(c.conn, c.in.len), TLSQL_E_EOF);
    expect_failure(&c, TLSQL_E_EOF, 2013, "HY000");
    CHECK_EQ(c.out.len, 0);
    end_free(&c);
  }
  end_open(&c, client_context, TLSQL_CLIENT);
  bytes_add(&c.in, greeting57, sizeof greeting57);
  while (end_turn(&c, &wide)) continue;
  CHECK(c.out.len > sizeof ssl_request);
  CHECK_CODE(c.failure = tlsql_conn_eof(c.conn, 0), TLSQL_E_EOF);
  expect_failure(&c, TLSQL_E_EOF, 2026, "HY000");              /* the SSLRequest is out */
  end_free(&c);
}

/* A server that is told these bytes after its greeting, and what it answers. */
static void server_hears(tlsql_context *ctx, const bytes *wire, const said *want,
                         const uint8_t *answer, size_t answer_len)
{
  static const limits bytewise = { 1, 7, ANY, TLSQL_APP_OUT_SIZE, 0 };
  for (int by_byte = 0; by_byte < 2; by_byte++) {
    end s;
    end_open(&s, ctx, TLSQL_SERVER);
    while (end_turn(&s, &wide)) continue;
    s.out.len = 0;
    bytes_add(&s.in, wire->at, wire->len);
    while (end_turn(&s, by_byte ? &bytewise : &wide)) continue;
    CHECK_EQ(s.got.len, 0);
    CHECK_EQ(s.out.len, answer_len);
    CHECK(s.out.len == answer_len && memcmp(s.out.at, answer, answer_len) == 0);
    CHECK_HOLDS(expect_failure(&s, want->code, want->mysql_errno, want->sqlstate).message,
                want->holds);
    end_free(&s);
  }
}

static void bad_first_packets(void)
{
  static const said handshake = { TLSQL_E_SSL_REQUEST, 1043, "08S01", "Bad handshake" };
  static const said order = { TLSQL_E_SEQUENCE, 1156, "08S01", "out of order" };
  static const said size = { TLSQL_E_PACKET_SIZE, 1153, "08S01", "packet" };
  static const uint8_t lengths[] = { 1, 2, 4, 5, 31 };
  static const char *const off_options[] = { "ssl", "OFF", NULL };
  tlsql_context *off = context_of(TLSQL_SERVER, off_options);
  bytes wire = { NULL, 0, 0 };
  /* ERR 1156, sequence 1, no SQLSTATE: byte for byte what MySQL 5.7.29 sends. */
  static const uint8_t out_of_order[] = "\x1b\x00\x00\x01\xff\x84\x04Got packets out of order";

  for (size_t i = 0; i < sizeof lengths; i++) {
    packet(&wire, 1, ssl_request + 4, lengths[i]);
    server_hears(server_context, &wire, &handshake, err1043_tail, sizeof err1043_tail);
    wire.len = 0;
  }
  packet(&wire, 1, NULL, 0);
  server_hears(server_context, &wire, &handshake, err1043_tail, sizeof err1043_tail);
  wire.len = 0;
  packet(&wire, 1, ssl_request + 4, 32);                       /* TLS is off here */
  server_hears(off, &wire, &handshake, err1043_tail, sizeof err1043_tail);
  wire.len = 0;

  for (int sequence = 0; sequence < 256; sequence += 5) {
    packet(&wire, (uint8_t)sequence, ssl_request + 4, 32);
    server_hears(server_context, &wire, &order, out_of_order, sizeof out_of_order - 1);
    wire.len = 0;
  }
  bytes_add(&wire, TLSQL_STR("\xff\xff\xff\x01"));                  /* an SSLRequest of 16 MiB */
  bytes_add(&wire, ssl_request + 4, 32);
  {
    end s;
    end_open(&s, server_context, TLSQL_SERVER);
    while (end_turn(&s, &wide)) continue;
    s.out.len = 0;
    bytes_add(&s.in, wire.at, wire.len);
    while (end_turn(&s, &wide)) continue;
    expect_failure(&s, size.code, size.mysql_errno, size.sqlstate);
    CHECK(s.out.len == sizeof err1043_tail &&
          memcmp(s.out.at, err1043_tail, sizeof err1043_tail) == 0);
    end_free(&s);
  }
  bytes_free(&wire);
  tlsql_context_free(off);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  client_context = context_of(TLSQL_CLIENT, client_options);
  server_context = context_of(TLSQL_SERVER, server_options);
  bad_greetings();
  strangers();
  err_packets();
  no_tls_offered();
  no_name();
  eof_before_tls();
  bad_first_packets();
  tlsql_context_free(client_context);
  tlsql_context_free(server_context);
  return check_report("greeting_errors");
}
