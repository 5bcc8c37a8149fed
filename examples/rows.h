/* rows.h - prints a result of the text protocol as `mysql -B` does, with tabs between values. */
#ifndef ROWS_H
#define ROWS_H
#include <stdio.h>
#include "mysql.h"

static inline void rows_value(struct text t, char behind)
{
  static const char special[] = "\n\t\\";                   /* the NUL at its end too */
  size_t i;
  for (i = 0; i < t.len; i++) {
    const char *found = (const char *)memchr(special, t.at[i], sizeof special);
    if (found) putchar('\\');
    putchar(found ? "nt\\0"[found - special] : t.at[i]);
  }
  putchar(behind);
}

/* Returns the number of columns; 0 if this packet does not begin a result. */
static inline uint64_t rows_columns(const struct packet *p)
{
  struct reader r = read_from(p->payload, p->len);
  uint64_t columns = read_length(&r);
  return r.bad ? 0 : columns;
}

/* Prints a column's name; returns 0 if the packet is malformed.  A definition begins with six
 * texts, of which the name is the fifth. */
static inline int rows_name(const struct packet *p, char behind, int wanted)
{
  struct reader r = read_from(p->payload, p->len);
  struct text t = { NULL, 0 };
  int i;
  for (i = 0; i < 5; i++) t = read_bytes(&r, read_length(&r));
  if (wanted && !r.bad) rows_value(t, behind);
  return !r.bad;
}

/* Prints a row; returns 0 if the packet is malformed. */
static inline int rows_row(const struct packet *p, uint64_t columns)
{
  struct reader r = read_from(p->payload, p->len);
  while (columns-- > 0 && !r.bad) {
    struct text t = text_of("NULL");
    if (r.left && r.at[0] == 0xfb) read_bytes(&r, 1);
    else t = read_bytes(&r, read_length(&r));
    if (!r.bad) rows_value(t, columns ? '\t' : '\n');
  }
  return !r.bad && r.left == 0;
}

#endif
