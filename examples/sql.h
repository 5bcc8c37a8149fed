/* sql.h - the statements that the example server answers: SELECT of constants, variables and
 * REPEAT(), SHOW; and OK to what clients send when they connect. */
#ifndef SQL_H
#define SQL_H
#include <ctype.h>
#include <stdio.h>
#include "show.h"

#define SQL_COLUMNS 64

/* Reads REPEAT('text', times) behind its name. */
static inline int sql_repeat(struct text *t, struct text *value, size_t *times)
{
  if (!sql_sign(t, '(') || !sql_quoted(t, value) || !sql_sign(t, ',')) return 0;
  sql_blanks(t);
  for (*times = 0; t->len && isdigit(t->at[0]); sql_skip(t, 1))
    if (*times <= 0xffffff) *times = 10 * *times + (size_t)(t->at[0] - '0');
  return sql_sign(t, ')');
}

/* Reads a constant, a variable or a function; *value may point into buf, and counts *times behind
 * itself.  Returns 0 if it is none, -1 with its name in buf if there is no such variable. */
static inline int sql_value(const struct session *q, struct text *t, char *buf, size_t cap,
                            struct text *value, int *number, size_t *times)
{
  struct text name;
  size_t digits = 0;
  *number = 0;
  *times = 1;
  value->at = NULL;
  value->len = 0;
  sql_blanks(t);
  while (digits < t->len && isdigit(t->at[digits])) digits++;
  if (digits) {
    *value = sql_take(t, digits);
    return *number = 1;
  }
  if (sql_quoted(t, value) || sql_word(t, "NULL")) return 1;
  if (sql_sign(t, '@')) {
    if (!sql_sign(t, '@')) return sql_take(t, sql_name_len(*t)).len > 0;    /* NULL: never set */
    if ((sql_word(t, "SESSION") || sql_word(t, "GLOBAL") || sql_word(t, "LOCAL")) &&
        !sql_sign(t, '.'))
      return 0;
    name = sql_take(t, sql_name_len(*t));
    if (!variable_get(q, name, buf, cap)) {
      text_copy(buf, cap, name);
      return -1;
    }
    *number = buf[0] && strspn(buf, "0123456789") == strlen(buf);
  } else if (sql_word(t, "REPEAT")) {
    return sql_repeat(t, value, times);
  } else {
    if (sql_word(t, "CONNECTION_ID")) *number = snprintf(buf, cap, "%u", q->id) > 0;
    else if (sql_word(t, "VERSION")) snprintf(buf, cap, "%s", SERVER_VERSION);
    else if (sql_word(t, "USER") || sql_word(t, "CURRENT_USER")) snprintf(buf, cap, "%s", q->name);
    else if (!sql_word(t, "DATABASE") && !sql_word(t, "SCHEMA")) return 0;
    else snprintf(buf, cap, "%s", q->database);
    if (sql_sign(t, '(') && !sql_sign(t, ')')) return 0;
    if (!buf[0]) return 1;                                  /* no database: NULL */
  }
  *value = text_of(buf);
  return 1;
}

static inline int sql_select(struct session *q, struct text t)
{
  struct text names[SQL_COLUMNS], values[SQL_COLUMNS];
  char kept[SQL_COLUMNS][2048];
  int numbers[SQL_COLUMNS];
  size_t times[SQL_COLUMNS], n = 0, i;
  int limited, known;
  do {
    const uint8_t *start;
    sql_blanks(&t);
    start = t.at;
    if (n == SQL_COLUMNS) return 0;
    known = sql_value(q, &t, kept[n], sizeof kept[n], &values[n], &numbers[n], &times[n]);
    if (known < 0) {
      reply_error(&q->reply, 1193, "HY000", "Unknown system variable '%s'", kept[n]);
      return 1;
    }
    if (!known) return 0;
    names[n].at = start;
    names[n].len = (size_t)(t.at - start);
    if (*start == '\'' || *start == '"') names[n] = values[n];
    while (names[n].len && isspace(names[n].at[names[n].len - 1])) names[n].len--;
    limited = sql_word(&t, "LIMIT");
    if (!limited) sql_word(&t, "AS");
    if (!limited && !sql_quoted(&t, &names[n]) && sql_name_len(t))
      names[n] = sql_take(&t, sql_name_len(t));
    n++;
    if (!limited) limited = sql_word(&t, "LIMIT");
  } while (!limited && sql_sign(&t, ','));
  if (limited) sql_take(&t, sql_name_len(t));
  sql_blanks(&t);
  if (t.len) return 0;
  reply_columns(&q->reply, names, numbers, n);
  packet_begin(&q->reply.out, q->reply.sequence++);
  for (i = 0; i < n; i++) reply_value(&q->reply, values[i], times[i]);
  packet_end(&q->reply.out);
  reply_end(&q->reply);
  return 1;
}

/* Answers one statement. */
static inline void sql_answer(struct session *q, struct text t)
{
  static const char *const fine[] = { "SET", "USE", "BEGIN", "START", "COMMIT", "ROLLBACK", "DO",
                                      NULL };
  struct text rest;
  size_t i;
  while (t.len && (isspace(t.at[t.len - 1]) || t.at[t.len - 1] == ';')) t.len--;
  if (sql_word(&t, "SELECT") && sql_select(q, t)) return;
  if (sql_word(&t, "SHOW")) {
    show(q, t);
    return;
  }
  rest = t;
  if (sql_word(&rest, "SET") && (sql_word(&rest, "GLOBAL") || sql_word(&rest, "PERSIST"))) {
    reply_error(&q->reply, 1235, "42000", "This example sets no %s", "global variables");
    return;
  }
  for (i = 0; fine[i]; i++)
    if (sql_word(&t, fine[i])) {
      reply_ok(&q->reply, 0);
      return;
    }
  reply_error(&q->reply, 1064, "42000", "This example answers SELECT of constants and %s",
              "variables, SHOW STATUS and SHOW VARIABLES");
}

#endif
