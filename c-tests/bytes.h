/* Byte queues, settings by name, and the greeting that the tests' servers send. */
#ifndef BYTES_H
#define BYTES_H
#include <stdlib.h>
#include "check.h"

typedef struct bytes { uint8_t *at; size_t len, cap; } bytes;

static inline void bytes_add(bytes *b, const void *more, size_t n)
{
  if (b->cap - b->len < n) {
    size_t cap = 2 * b->cap + n;
    uint8_t *at = (uint8_t *)realloc(b->at, cap);
    if (!at) { fprintf(stderr, "no memory\n"); exit(2); }
    b->at = at;
    b->cap = cap;
  }
  if (n) memcpy(b->at + b->len, more, n);
  b->len += n;
}

static inline void bytes_drop(bytes *b, size_t n)
{
  if (n > 0 && n < b->len) memmove(b->at, b->at + n, b->len - n);
  b->len -= n;
}

static inline void bytes_free(bytes *b)
{
  free(b->at);
  memset(b, 0, sizeof *b);
}

/* Bytes that are easy to tell apart, the same for the same seed. */
static inline void bytes_fill(bytes *b, size_t n, uint32_t seed)
{
  for (size_t i = 0; i < n; i++) {
    uint8_t one;
    seed = seed * 1664525u + 1013904223u;
    one = (uint8_t)(seed >> 24);
    bytes_add(b, &one, 1);
  }
}

static inline int bytes_equal(const bytes *a, const bytes *b)
{
  return a->len == b->len && (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
}

static inline int is_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
  return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* An exact copy: one byte beyond it is not ours, so that a tool sees every overrun. */
static inline uint8_t *exact(const uint8_t *from, size_t n)
{
  uint8_t *copy = (uint8_t *)malloc(n ? n : 1);
  if (!copy) { fprintf(stderr, "no memory\n"); exit(2); }
  if (n && from) memcpy(copy, from, n);
  else memset(copy, 0, n ? n : 1);
  return copy;
}

/* A greeting of MySQL 5.7.29 with CLIENT_SSL, as it was recorded, header included. */
static const uint8_t greeting57[78] = {
  0x4a, 0x00, 0x00, 0x00, 0x0a, 0x35, 0x2e, 0x37, 0x2e, 0x32, 0x39, 0x00, 0x03, 0x00, 0x00, 0x00,
  0x25, 0x4e, 0x64, 0x1e, 0x04, 0x45, 0x70, 0x6a, 0x00, 0xff, 0xff, 0x08, 0x02, 0x00, 0xff, 0xc1,
  0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x45, 0x3a, 0x6a, 0x28, 0x2c,
  0x56, 0x2c, 0x1f, 0x38, 0x40, 0x53, 0x42, 0x00, 0x6d, 0x79, 0x73, 0x71, 0x6c, 0x5f, 0x6e, 0x61,
  0x74, 0x69, 0x76, 0x65, 0x5f, 0x70, 0x61, 0x73, 0x73, 0x77, 0x6f, 0x72, 0x64, 0x00
};
#define GREETING_LOW_CAPS 26             /* second byte of the low capabilities: holds CLIENT_SSL */
#define CLIENT_SSL_HIGH_BIT 0x08u        /* CLIENT_SSL within that byte */
#define CLIENT_SSL 0x800u
#define GREETING57_CAPS 0xc1ffffffu

/* The SSLRequest that the tests' clients send, header included. */
static const uint8_t ssl_request[36] = {
  0x20, 0x00, 0x00, 0x01, 0x85, 0xae, 0x0f, 0x00, 0x00, 0x00, 0x00, 0x01, 0x2d
};
#define TEST_CAPS 0x000fa685u            /* what the tests' clients ask for: 4.1, no CLIENT_SSL */

/* What a server sends in clear after a failed handshake: ERR 1043 08S01, sequence 2. */
static const uint8_t err1043_tail[26] = {
  0x16, 0x00, 0x00, 0x02, 0xff, 0x13, 0x04, 0x23, 0x30, 0x38, 0x53, 0x30, 0x31,
  0x42, 0x61, 0x64, 0x20, 0x68, 0x61, 0x6e, 0x64, 0x73, 0x68, 0x61, 0x6b, 0x65
};

static inline tlsql_request test_request(void)
{
  tlsql_request r;
  memset(&r, 0, sizeof r);
  r.struct_size = (uint32_t)sizeof r;
  r.capabilities = TEST_CAPS;
  r.max_packet = 1u << 24;
  r.charset = 45;
  return r;
}

/* A plain login as a client without TLS sends it: sequence 1, user `app`, no password. */
static inline void plain_login(bytes *b)
{
  static const uint8_t packet[41] = {
    37, 0, 0, 1, 0x85, 0xa6, 0x0f, 0x00, 0x00, 0x00, 0x00, 0x01, 0x2d,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'a', 'p', 'p', 0, 0
  };
  bytes_add(b, packet, sizeof packet);
}

static inline tlsql_error fresh_error(void)
{
  tlsql_error e;
  memset(&e, 0, sizeof e);
  e.struct_size = (uint32_t)sizeof e;
  return e;
}

/* What any failure or note says: a fact that lies in the message, and neither the prefix that
 * client libraries write themselves nor the hint. */
static inline void check_sentence(const tlsql_error *e)
{
  static const char prefix[] = "SSL connection error: ";
  const size_t skipped = sizeof prefix - 1;
  const int has_prefix = strncmp(e->message, prefix, skipped) == 0;
  CHECK(e->message[0]);
  CHECK(e->fact_len > 0);
  CHECK(e->fact_off + e->fact_len <= strlen(e->message));
  CHECK_EQ(e->fact_off, has_prefix ? skipped : 0);
  CHECK(memchr(e->option, 0, sizeof e->option) != NULL);
}

static inline tlsql_error conn_error(const tlsql_conn *conn)
{
  tlsql_error e = fresh_error();
  CHECK_CODE(tlsql_conn_error(conn, &e), TLSQL_OK);
  if (e.code) check_sentence(&e);
  return e;
}

static const char *certs;                /* directory of the test certificates: argv[1] */

static inline tlsql_code set_option(tlsql_builder *b, const char *name, const char *value)
{
  char path[600];
  if (value[0] == '@') {
    snprintf(path, sizeof path, "%s/%s", certs, value + 1);
    value = path;
  }
  return tlsql_builder_set(b, name, strlen(name), value, strlen(value));
}

/* A context from name, value, name, value, ..., NULL; '@' begins a file in the certificate
 * directory.  On failure *why has the builder's error. */
static inline tlsql_code context_try(uint32_t role, const char *const *options,
                                     tlsql_context **out, tlsql_error *why)
{
  tlsql_builder *b = NULL;
  tlsql_code rc = tlsql_builder_new(role, &b);
  *out = NULL;
  for (size_t i = 0; !rc && options[i]; i += 2) rc = set_option(b, options[i], options[i + 1]);
  if (!rc) rc = tlsql_builder_load_files(b);
  if (!rc) rc = tlsql_context_new(b, out);
  if (rc && b && why) CHECK_CODE(tlsql_builder_error(b, why), TLSQL_OK);
  tlsql_builder_free(b);
  return rc;
}

static inline tlsql_context *context_of(uint32_t role, const char *const *options)
{
  tlsql_context *ctx = NULL;
  tlsql_error why = fresh_error();
  tlsql_code rc = context_try(role, options, &ctx, &why);
  if (!CHECK(rc == TLSQL_OK)) {
    fprintf(stderr, "%s: %s\n", tlsql_code_name(rc), why.message);
    exit(1);
  }
  return ctx;
}

/* A file of the certificate directory; freed by the caller. */
static inline bytes file_bytes(const char *name)
{
  bytes b = { NULL, 0, 0 };
  char path[600];
  uint8_t buf[4096];
  size_t n;
  FILE *f;
  snprintf(path, sizeof path, "%s/%s", certs, name);
  f = fopen(path, "rb");
  if (CHECK(f != NULL)) {
    while ((n = fread(buf, 1, sizeof buf, f)) > 0) bytes_add(&b, buf, n);
    fclose(f);
  }
  return b;
}

/* Arguments of every program: the certificate directory and, optionally, a bound on the work. */
static inline long test_arguments(int argc, char **argv, long bound)
{
  if (argc < 2) { fprintf(stderr, "usage: %s CERTIFICATES [BOUND]\n", argv[0]); exit(2); }
  certs = argv[1];
  return argc > 2 ? strtol(argv[2], NULL, 10) : bound;
}
#endif
