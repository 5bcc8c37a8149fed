/* show.h - answers SHOW: STATUS and VARIABLES, CREATE USER, and the lists that clients read when they
 * connect. */
#ifndef SHOW_H
#define SHOW_H
#include <ctype.h>
#include <stdio.h>
#include "variables.h"

/* Compares as LIKE does: % is any text, _ any character, and behind a backslash both are themselves;
 * letters in any case.  From where it fails it goes back to the last % alone. */
static inline int show_like(const char *s, const char *pattern)
{
  const char *behind = NULL, *from = NULL;
  for (;;) {
    int escaped = pattern[0] == '\\' && pattern[1];
    const char *p = pattern + escaped;
    if (*p == '%' && !escaped) {
      behind = pattern = p + 1;
      from = s;
    } else if (*s && ((*p == '_' && !escaped) ||
                      tolower((unsigned char)*s) == tolower((unsigned char)*p))) {
      s++;
      pattern = p + 1;
    } else if (!*s && !*p) {
      return 1;
    } else if (!behind || !*s) {
      return 0;
    } else {
      s = ++from;
      pattern = behind;
    }
  }
}

/* Reads the text behind LIKE.  In it a backslash stays before % and _, and is gone before others. */
static inline void show_pattern(struct text *t, char *pattern, size_t cap)
{
  struct text quoted = { NULL, 0 };
  size_t from, to = 0;
  if (!sql_word(t, "LIKE")) {
    snprintf(pattern, cap, "%%");
    return;
  }
  sql_quoted(t, &quoted);
  text_copy(pattern, cap, quoted);
  for (from = 0; pattern[from]; pattern[to++] = pattern[from++])
    if (pattern[from] == '\\' && pattern[from + 1]) {
      if (strchr("%_", pattern[from + 1])) pattern[to++] = pattern[from];
      from++;
    }
  pattern[to] = 0;
}

static inline void show_pair(struct session *q, const char *name, const char *value,
                             const char *pattern)
{
  struct text row[2];
  if (!show_like(name, pattern)) return;
  row[0] = text_of(name);
  row[1] = text_of(value);
  reply_row(&q->reply, row, 2);
}

/* Answers with a list that is empty, or has the one row. */
static inline void show_list(struct session *q, const char *const *names, const char *const *row)
{
  struct text texts[8];
  size_t n = 0, i;
  memset(texts, 0, sizeof texts);
  for (; names[n]; n++) texts[n] = text_of(names[n]);
  reply_columns(&q->reply, texts, NULL, n);
  for (i = 0; row && i < n; i++) texts[i] = text_of(row[i]);
  if (row) reply_row(&q->reply, texts, n);
  reply_end(&q->reply);
}

/* Answers SHOW of what is none here, or one: clients read these lists on connect. */
static inline int show_a_list(struct session *q, struct text *t)
{
  static const char *const warnings[] = { "Level", "Code", "Message", NULL };
  static const char *const databases[] = { "Database", NULL };
  static const char *const tables[] = { "Tables_in_", NULL };
  static const char *const collations[] = { "Collation", "Charset", "Id", "Default", "Compiled",
                                            "Sortlen", NULL };
  static const char *const collation[] = { "utf8mb4_general_ci", "utf8mb4", "45", "Yes", "Yes",
                                           "1" };
  if (sql_word(t, "WARNINGS") || sql_word(t, "ERRORS")) show_list(q, warnings, NULL);
  else if (sql_word(t, "DATABASES") || sql_word(t, "SCHEMAS")) show_list(q, databases, NULL);
  else if (sql_word(t, "TABLES")) show_list(q, tables, NULL);
  else if (sql_word(t, "COLLATION")) show_list(q, collations, collation);
  else return 0;
  return 1;
}

/* Answers SHOW CREATE USER: the session's own account, whoever is asked for. */
static inline void show_user(struct session *q)
{
  const struct account *a = q->account;
  char title[120], text[1400];
  struct text name, value;
  snprintf(title, sizeof title, "CREATE USER for %.80s@%%", a->user);
  snprintf(text, sizeof text, "CREATE USER '%.80s'@'%%' IDENTIFIED WITH '%.40s' %.1100s ACCOUNT %s",
           a->user, a->plugin, a->clause, a->locked ? "LOCK" : "UNLOCK");
  name = text_of(title);
  value = text_of(text);
  reply_columns(&q->reply, &name, NULL, 1);
  reply_row(&q->reply, &value, 1);
  reply_end(&q->reply);
}

/* Answers SHOW STATUS and SHOW VARIABLES.  WHERE is ignored: the client gets all of them. */
static inline void show(struct session *q, struct text t)
{
  struct text names[2];
  char value[4096], pattern[256];
  const char *name;
  size_t i;
  int status, global;

  if (show_a_list(q, &t)) return;
  if (sql_word(&t, "CREATE") && sql_word(&t, "USER")) {
    show_user(q);
    return;
  }
  global = sql_word(&t, "GLOBAL");
  if (!global && !sql_word(&t, "SESSION")) sql_word(&t, "LOCAL");
  status = sql_word(&t, "STATUS");
  if (!status && !sql_word(&t, "VARIABLES")) {
    reply_error(&q->reply, 1235, "42000", "This version of MySQL doesn't yet support '%s'",
                "SHOW of this");
    return;
  }
  show_pattern(&t, pattern, sizeof pattern);
  names[0] = text_of("Variable_name");
  names[1] = text_of("Value");
  reply_columns(&q->reply, names, NULL, 2);
  for (i = 0; status && (name = tlsql_status_variable(i)) != NULL; i++)
    if (variable_status(q, name, global, value, sizeof value)) show_pair(q, name, value, pattern);
  for (i = 0; !status && (name = variables[i].name) != NULL; i++)
    if (variable_get(q, text_of(name), value, sizeof value)) show_pair(q, name, value, pattern);
  reply_end(&q->reply);
}

#endif
