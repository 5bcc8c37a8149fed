/* reply.h - a server's answers: OK, ERR, and results of the text protocol. */
#ifndef REPLY_H
#define REPLY_H
#include <stdio.h>
#include "mysql.h"

struct reply {
  struct writer out;
  uint32_t capabilities;                    /* the client's */
  uint8_t sequence;                         /* number of the next packet */
};

/* A client before 4.1 reads packets of fewer fields. */
static inline int reply_is_old(const struct reply *r)
{
  return !(r->capabilities & CLIENT_PROTOCOL_41);
}

/* Writes OK with a text, for which MariaDB's clients want its length in front. */
static inline void reply_ok_with(struct reply *r, uint8_t first, struct text info)
{
  packet_begin(&r->out, r->sequence++);
  write_int(&r->out, first, 1);
  write_zeros(&r->out, 2);                                   /* rows changed, last id */
  if (!reply_is_old(r) || r->capabilities & CLIENT_TRANSACTIONS)
    write_int(&r->out, 2, 2);                                /* autocommit */
  if (!reply_is_old(r)) write_int(&r->out, 0, 2);            /* warnings */
  if (info.len) write_text(&r->out, info);
  packet_end(&r->out);
}

static inline void reply_ok(struct reply *r, uint8_t first)
{
  reply_ok_with(r, first, text_of(""));
}

/* Writes the ERR packet for an error of the engine. */
static inline void reply_tell(struct reply *r, const tlsql_error *e)
{
  size_t len = 0;
  if (r->out.most) write_room(&r->out, TLSQL_MESSAGE_SIZE + 64);
  r->out.bad |= tlsql_error_packet(e, r->sequence++, r->capabilities, r->out.at + r->out.len,
                                   r->out.cap - r->out.len, &len) != TLSQL_OK;
  if (!r->out.bad) r->out.len += len;
}

static inline void reply_error(struct reply *r, uint16_t number, const char *sqlstate,
                               const char *format, const char *what)
{
  tlsql_error e;
  memset(&e, 0, sizeof e);
  e.struct_size = sizeof e;
  e.mysql_errno = number;
  snprintf(e.sqlstate, sizeof e.sqlstate, "%s", sqlstate);
  snprintf(e.message, sizeof e.message, format, what);
  reply_tell(r, &e);
}

static inline void reply_end(struct reply *r)
{
  if (r->capabilities & CLIENT_DEPRECATE_EOF) {
    reply_ok(r, 0xfe);
    return;
  }
  packet_begin(&r->out, r->sequence++);
  write_int(&r->out, 0xfe, 1);
  if (!reply_is_old(r)) {
    write_int(&r->out, 0, 2);
    write_int(&r->out, 2, 2);
  }
  packet_end(&r->out);
}

/* Writes a column's definition as clients before 4.1 read it: each number has its size before it. */
static inline void reply_old_column(struct reply *r, struct text name, int number)
{
  int is_long = (r->capabilities & CLIENT_LONG_FLAG) != 0;
  packet_begin(&r->out, r->sequence++);
  write_int(&r->out, 0, 1);                                  /* table */
  write_text(&r->out, name);
  write_int(&r->out, 3, 1);
  write_int(&r->out, 1024, 3);
  write_int(&r->out, 1, 1);
  write_int(&r->out, number ? 8 : 253, 1);                   /* LONGLONG or VAR_STRING */
  write_int(&r->out, is_long ? 3 : 2, 1);
  write_zeros(&r->out, is_long ? 3 : 2);                     /* flags and decimals */
  packet_end(&r->out);
}

static inline void reply_columns(struct reply *r, const struct text *names, const int *numbers,
                                 size_t count)
{
  size_t i;
  packet_begin(&r->out, r->sequence++);
  write_int(&r->out, count, 1);
  packet_end(&r->out);
  for (i = 0; i < count; i++) {
    if (reply_is_old(r)) {
      reply_old_column(r, names[i], numbers && numbers[i]);
      continue;
    }
    packet_begin(&r->out, r->sequence++);
    write_text(&r->out, text_of("def"));
    write_zeros(&r->out, 3);                                 /* schema, table, original table */
    write_text(&r->out, names[i]);
    write_zeros(&r->out, 1);
    write_int(&r->out, 12, 1);                               /* bytes that follow */
    write_int(&r->out, numbers && numbers[i] ? 63 : 45, 2);  /* binary or utf8mb4_general_ci */
    write_int(&r->out, 1024, 4);
    write_int(&r->out, numbers && numbers[i] ? 8 : 253, 1);  /* LONGLONG or VAR_STRING */
    write_zeros(&r->out, 5);
    packet_end(&r->out);
  }
  if (!(r->capabilities & CLIENT_DEPRECATE_EOF)) reply_end(r);
}

/* Writes the value of a column, so many times behind itself; NULL where there is none. */
static inline void reply_value(struct reply *r, struct text value, size_t times)
{
  if (!value.at) {
    write_int(&r->out, 0xfb, 1);
  } else if (value.len && times > 0xffffff / value.len) {
    r->out.bad = 1;
  } else {
    write_length(&r->out, value.len * times);
    if (!value.len) times = 0;
    for (; times > 0 && !r->out.bad; times--) write_bytes(&r->out, value.at, value.len);
  }
}

static inline void reply_row(struct reply *r, const struct text *values, size_t count)
{
  size_t i;
  packet_begin(&r->out, r->sequence++);
  for (i = 0; i < count; i++) reply_value(r, values[i], 1);
  packet_end(&r->out);
}

#endif
