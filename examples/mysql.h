/* mysql.h - reading and writing MySQL packets, never outside the packet or the buffer.  After a
 * mistake `bad` is set and nothing more is read or written: check it once, at the end. */
#ifndef MYSQL_H
#define MYSQL_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "tlsql.h"

#define CLIENT_LONG_PASSWORD     0x00000001u
#define CLIENT_FOUND_ROWS        0x00000002u
#define CLIENT_LONG_FLAG         0x00000004u
#define CLIENT_CONNECT_WITH_DB   0x00000008u
#define CLIENT_PROTOCOL_41       0x00000200u
#define CLIENT_SSL               0x00000800u
#define CLIENT_TRANSACTIONS      0x00002000u
#define CLIENT_SECURE_CONNECTION 0x00008000u
#define CLIENT_MULTI_RESULTS     0x00020000u
#define CLIENT_PLUGIN_AUTH       0x00080000u
#define CLIENT_CONNECT_ATTRS     0x00100000u
#define CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA 0x00200000u
#define CLIENT_DEPRECATE_EOF     0x01000000u

#define NATIVE_PLUGIN "mysql_native_password"
#define SHA2_PLUGIN   "caching_sha2_password"

enum { COM_QUIT = 1, COM_INIT_DB = 2, COM_QUERY = 3, COM_STATISTICS = 9, COM_PING = 14,
       COM_CHANGE_USER = 17, COM_STMT_PREPARE = 22, COM_SET_OPTION = 27, COM_RESET_CONNECTION = 31 };

struct text { const uint8_t *at; size_t len; };

static inline struct text text_of(const char *s)
{
  struct text t;
  t.at = (const uint8_t *)s;
  t.len = strlen(s);
  return t;
}

static inline int text_is(struct text t, const char *s)
{
  return t.len == strlen(s) && (t.len == 0 || memcmp(t.at, s, t.len) == 0);
}

static inline int text_starts(struct text t, const char *s)
{
  return t.len >= strlen(s) && memcmp(t.at, s, strlen(s)) == 0;
}

/* Length of what begins here and steers a terminal, 0 if nothing does: a control character, or in
 * UTF-8 one of U+0080 to U+009F, or one that turns the direction of writing. */
static inline size_t text_steers(struct text t)
{
  uint8_t a = t.at[0], b = t.len > 1 ? t.at[1] : 0, c = t.len > 2 ? t.at[2] : 0;
  if (a < 0x20 || a == 0x7f) return 1;
  if ((a == 0xc2 && b >= 0x80 && b < 0xa0) || (a == 0xd8 && b == 0x9c)) return 2;
  if (a == 0xe2 && b == 0x80 && (c == 0x8e || c == 0x8f || (c >= 0xa8 && c <= 0xae))) return 3;
  return a == 0xe2 && b == 0x81 && c >= 0xa6 && c <= 0xa9 ? 3 : 0;
}

/* Copies text into a string of at most cap - 1 bytes.  What steers a terminal becomes '?': a peer's
 * text may be printed on one. */
static inline char *text_copy(char *to, size_t cap, struct text from)
{
  size_t i, hidden = 0;
  for (i = 0; i < from.len && i + 1 < cap; i++) {
    struct text rest = { from.at + i, from.len - i };
    if (!hidden) hidden = text_steers(rest);
    to[i] = hidden ? '?' : (char)from.at[i];
    if (hidden) hidden--;
  }
  to[i] = 0;
  return to;
}

/* Overwrites what was secret; a compiler does not leave it out, as it may a memset(). */
static inline void wipe(void *at, size_t len)
{
  volatile uint8_t *byte = (volatile uint8_t *)at;
  while (len-- > 0) *byte++ = 0;
}

/* ---- reading ------------------------------------------------------------ */
struct reader { const uint8_t *at; size_t left; int bad; };

static inline struct reader read_from(const uint8_t *at, size_t len)
{
  struct reader r;
  r.at = at;
  r.left = len;
  r.bad = 0;
  return r;
}

static inline struct text read_bytes(struct reader *r, uint64_t len)
{
  struct text t = { NULL, 0 };
  if (r->bad || len > r->left) {
    r->bad = 1;
    return t;
  }
  t.at = r->at;
  t.len = (size_t)len;
  r->at += t.len;
  r->left -= t.len;
  return t;
}

/* Reads an integer of 1 to 8 bytes, least significant byte first. */
static inline uint64_t read_int(struct reader *r, unsigned size)
{
  struct text t = read_bytes(r, size);
  uint64_t value = 0;
  size_t i = t.len;
  while (i > 0) value = value << 8 | t.at[--i];
  return value;
}

/* Reads up to a NUL, and the NUL; or up to the end if there is none. */
static inline struct text read_string(struct reader *r)
{
  const void *nul = r->left ? memchr(r->at, 0, r->left) : NULL;
  struct text t = read_bytes(r, nul ? (size_t)((const uint8_t *)nul - r->at) : r->left);
  if (nul) read_bytes(r, 1);
  return t;
}

/* Reads a length-encoded integer. */
static inline uint64_t read_length(struct reader *r)
{
  uint64_t first = read_int(r, 1);
  if (first == 0xfc) return read_int(r, 2);
  if (first == 0xfd) return read_int(r, 3);
  if (first == 0xfe) return read_int(r, 8);
  if (first > 0xfa) r->bad = 1;                          /* 0xfb is NULL, 0xff ERR */
  return first;
}

/* ---- writing ------------------------------------------------------------ */
struct writer {
  uint8_t *at;
  size_t cap, len;
  int bad;
  size_t start;
  size_t most;                              /* `at` grows up to this; 0: it stays as it is */
};

static inline struct writer write_to(uint8_t *at, size_t cap)
{
  struct writer w;
  w.at = at;
  w.cap = cap;
  w.len = w.start = w.most = 0;
  w.bad = 0;
  return w;
}

/* Writes into memory of its own, of at most `most` bytes; free(w.at) ends it. */
static inline struct writer write_growing(size_t most)
{
  struct writer w = write_to(NULL, 0);
  w.most = most;
  return w;
}

/* Makes room for len bytes more. */
static inline void write_room(struct writer *w, size_t len)
{
  size_t cap = w->cap < 1024 ? 1024 : 2 * w->cap;
  uint8_t *at;
  if (w->bad || len <= w->cap - w->len || len > w->most - w->len) return;
  if (cap < w->len + len) cap = w->len + len;
  at = (uint8_t *)realloc(w->at, cap);
  if (!at) return;
  w->at = at;
  w->cap = cap;
}

static inline void write_bytes(struct writer *w, const void *from, size_t len)
{
  if (w->most > w->len) write_room(w, len);
  if (w->bad || len > w->cap - w->len) {
    w->bad = 1;
    return;
  }
  if (len) memcpy(w->at + w->len, from, len);
  w->len += len;
}

static inline void write_int(struct writer *w, uint64_t value, unsigned size)
{
  for (; size > 0; size--, value >>= 8) {
    uint8_t byte = (uint8_t)(value & 0xff);
    write_bytes(w, &byte, 1);
  }
}

static inline void write_zeros(struct writer *w, unsigned count)
{
  while (count-- > 0) write_int(w, 0, 1);
}

/* Writes text and its NUL. */
static inline void write_string(struct writer *w, const char *s)
{
  write_bytes(w, s, strlen(s) + 1);
}

/* Writes the length of length-encoded text, at most 16 MiB of it. */
static inline void write_length(struct writer *w, size_t len)
{
  unsigned size = len > 0xffff ? 3 : len > 0xfa ? 2 : 1;
  if (len > 0xffffff) w->bad = 1;
  if (size > 1) write_int(w, size == 3 ? 0xfd : 0xfc, 1);
  write_int(w, len, size);
}

static inline void write_text(struct writer *w, struct text t)
{
  write_length(w, t.len);
  write_bytes(w, t.at, t.len);
}

/* Begins a packet with its header; packet_end() fills in the length of what was written since. */
static inline void packet_begin(struct writer *w, uint8_t sequence)
{
  w->start = w->len;
  write_zeros(w, 3);
  write_int(w, sequence, 1);
}

static inline void packet_end(struct writer *w)
{
  size_t len = w->len - w->start - 4, i;
  if (w->bad || len >= 0xffffff) {
    w->bad = 1;
    return;
  }
  for (i = 0; i < 3; i++, len >>= 8) w->at[w->start + i] = (uint8_t)(len & 0xff);
}

/* ---- whole packets -------------------------------------------------------- */
struct packet { const uint8_t *payload; size_t len; uint8_t sequence; };

/* Reads the packet at the front of `at`; returns its size, header included, or 0 while bytes of it
 * are missing. */
static inline size_t packet_get(const uint8_t *at, size_t len, struct packet *p)
{
  size_t size;
  if (len < 4) return 0;
  size = (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16;
  p->payload = at + 4;
  p->len = size;
  p->sequence = at[3];
  return len - 4 < size ? 0 : size + 4;
}

static inline struct text packet_text(const struct packet *p)
{
  struct text t;
  t.at = p->payload;
  t.len = p->len;
  return t;
}

static inline int packet_starts(const struct packet *p, uint8_t byte)
{
  return p->len > 0 && p->payload[0] == byte;
}

static inline int packet_is_ok(const struct packet *p) { return packet_starts(p, 0x00); }
static inline int packet_is_error(const struct packet *p) { return packet_starts(p, 0xff); }

/* Returns 1 for the EOF behind the rows, or the OK in its place.  Only a row of more than 16 MiB
 * begins with the same byte. */
static inline int packet_is_end(const struct packet *p) { return packet_starts(p, 0xfe); }

/* Writes HandshakeResponse41.  Its first 32 bytes repeat the SSLRequest: `req` has the values that
 * were sent there. */
static inline void write_login(struct writer *w, uint8_t sequence, const tlsql_request *req,
                               const char *user, struct text answer, const char *database,
                               const char *plugin)
{
  packet_begin(w, sequence);
  write_int(w, req->capabilities, 4);
  write_int(w, req->max_packet, 4);
  write_int(w, req->charset, 1);
  write_zeros(w, 19);
  write_int(w, req->mariadb_capabilities, 4);
  write_string(w, user);
  write_int(w, answer.len, 1);
  write_bytes(w, answer.at, answer.len);
  if (req->capabilities & CLIENT_CONNECT_WITH_DB) write_string(w, database);
  if (req->capabilities & CLIENT_PLUGIN_AUTH) write_string(w, plugin);
  packet_end(w);
}

/* Reads an ERR packet into the form of the engine's errors. */
static inline void read_error(const struct packet *p, tlsql_error *e)
{
  struct reader r = read_from(p->payload, p->len);
  memset(e, 0, sizeof *e);
  e->struct_size = sizeof *e;
  read_int(&r, 1);
  e->mysql_errno = (uint16_t)read_int(&r, 2);
  if (r.left >= 6 && r.at[0] == '#') {
    read_int(&r, 1);
    text_copy(e->sqlstate, sizeof e->sqlstate, read_bytes(&r, 5));
  }
  text_copy(e->message, sizeof e->message, read_bytes(&r, r.left));
}

#endif
