/* statement.h - reads the words, signs and texts of a statement, one behind the other. */
#ifndef STATEMENT_H
#define STATEMENT_H
#include <ctype.h>
#include <string.h>
#include "mysql.h"

static inline void sql_skip(struct text *t, size_t n)
{
  t->at += n;
  t->len -= n;
}

/* Skips blanks and comments: some clients put their name into one. */
static inline void sql_blanks(struct text *t)
{
  for (;;) {
    while (t->len && isspace(t->at[0])) sql_skip(t, 1);
    if (t->len < 4 || !text_starts(*t, "/*")) return;
    do sql_skip(t, 1); while (t->len >= 2 && !text_starts(*t, "*/"));
    sql_skip(t, t->len < 2 ? t->len : 2);
  }
}

static inline size_t sql_name_len(struct text t)
{
  size_t n = 0;
  while (n < t.len && (isalnum(t.at[n]) || t.at[n] == '_')) n++;
  return n;
}

static inline int sql_same(const char *a, const uint8_t *b, size_t len)
{
  size_t i = 0;
  while (i < len && a[i] && tolower((unsigned char)a[i]) == tolower(b[i])) i++;
  return i == len && !a[i];
}

/* Skips this word and returns 1, if it comes next. */
static inline int sql_word(struct text *t, const char *word)
{
  size_t len;
  sql_blanks(t);
  len = sql_name_len(*t);
  if (!len || !sql_same(word, t->at, len)) return 0;
  sql_skip(t, len);
  sql_blanks(t);
  return 1;
}

static inline int sql_sign(struct text *t, char sign)
{
  sql_blanks(t);
  if (!t->len || t->at[0] != (uint8_t)sign) return 0;
  sql_skip(t, 1);
  return 1;
}

static inline struct text sql_take(struct text *t, size_t n)
{
  struct text taken = *t;
  taken.len = n;
  sql_skip(t, n);
  return taken;
}

/* Reads a text in quotes, and leaves them out; returns 0 if none comes next. */
static inline int sql_quoted(struct text *t, struct text *to)
{
  size_t n = 1;
  sql_blanks(t);
  if (!t->len || !strchr("'\"`", t->at[0]) || !t->at[0]) return 0;
  while (n < t->len && t->at[n] != t->at[0]) n += t->at[n] == '\\' ? 2 : 1;
  if (n >= t->len) return 0;
  *to = sql_take(t, n + 1);
  to->at++;
  to->len -= 2;
  return 1;
}

#endif
