/* sql.h - the statements that the example server answers: SELECT of constants, variables and
 * REPEAT(), SHOW STATUS and SHOW VARIABLES; and what clients send on connect: OK to SET, the
 * variables that they ask for. */
#ifndef SQL_H
#define SQL_H
#include <ctype.h>
#include <stdio.h>
#include "session.h"

#define SQL_COLUMNS 64

static const char *const sql_variables[] = {
  "auto_increment_increment", "1", "auto_increment_offset", "1", "autocommit", "1",
  "character_set_client", "utf8mb4", "character_set_filesystem", "binary",
  "character_set_system", "utf8mb3",
  "character_set_connection", "utf8mb4", "character_set_results", "utf8mb4",
  "character_set_database", "utf8mb4", "character_set_server", "utf8mb4",
  "collation_connection", "utf8mb4_general_ci",
  "collation_database", "utf8mb4_general_ci", "collation_server", "utf8mb4_general_ci",
  "default_storage_engine", "InnoDB", "foreign_key_checks", "1", "gtid_mode", "OFF",
  "have_query_cache", "NO", "hostname", "localhost", "identity", "0", "init_connect", "",
  "innodb_lock_wait_timeout", "50", "innodb_read_only", "0", "interactive_timeout", "28800",
  "last_insert_id", "0", "license", "Apache-2.0 OR MIT", "lock_wait_timeout", "31536000",
  "log_bin", "0", "lower_case_file_system", "OFF", "lower_case_table_names", "0",
  "max_connections", "151", "max_execution_time", "0", "max_user_connections", "0",
  "net_read_timeout", "30", "max_allowed_packet", "16384", "net_buffer_length", "16384",
  "net_write_timeout", "60", "performance_schema", "0", "protocol_version", "10",
  "query_cache_size", "0", "query_cache_type", "OFF", "read_only", "0", "server_id", "1",
  "session_track_gtids", "OFF", "session_track_schema", "1", "session_track_state_change", "0",
  "session_track_system_variables", "", "sql_auto_is_null", "0", "sql_mode", "",
  "sql_safe_updates", "0", "sql_select_limit", "18446744073709551615", "super_read_only", "0",
  "system_time_zone", "UTC",
  "time_zone", "SYSTEM", "transaction_isolation", "REPEATABLE-READ", "transaction_read_only", "0",
  "tx_isolation", "REPEATABLE-READ", "tx_read_only", "0",
  "unique_checks", "1", "version", SERVER_VERSION, "version_comment", "tlsql example server",
  "version_compile_machine", "", "version_compile_os", "Linux", "wait_timeout", "28800", NULL };
/* Variables of the connection, and those of which the engine has the values. */
static const char *const sql_live_variables[] = {
  "port", "pseudo_thread_id", "socket", "have_openssl", "have_ssl", "require_secure_transport",
  "ssl_ca", "ssl_cert", "ssl_cipher", "ssl_crl", "ssl_key", "tls_version", NULL };

/* ---- reading a statement --------------------------------------------------- */
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

/* ---- variables --------------------------------------------------------------- */

/* Copies a variable's value into buf; returns 0 if there is no such variable. */
static inline int sql_variable(const struct session *q, struct text name, char *buf, size_t cap)
{
  size_t i, needed;
  for (i = 0; sql_variables[i]; i += 2)
    if (sql_same(sql_variables[i], name.at, name.len))
      return snprintf(buf, cap, "%s", sql_variables[i + 1]) >= 0;
  if (sql_same("have_ssl", name.at, name.len) || sql_same("have_openssl", name.at, name.len))
    return snprintf(buf, cap, "%s", tlsql_context_has_tls(q->ctx) ? "YES" : "DISABLED") >= 0;
  if (sql_same("socket", name.at, name.len))
    return snprintf(buf, cap, "%s", q->account->socket) >= 0;
  if (sql_same("port", name.at, name.len))
    return snprintf(buf, cap, "%u", q->account->port) >= 0;
  if (sql_same("pseudo_thread_id", name.at, name.len)) return snprintf(buf, cap, "%u", q->id) >= 0;
  return !tlsql_context_get(q->ctx, (const char *)name.at, name.len, buf, cap, &needed);
}

static inline int sql_like(const char *s, const uint8_t *pattern, size_t len)
{
  for (; len; pattern++, len--) {
    if (*pattern == '%') {
      do if (sql_like(s, pattern + 1, len - 1)) return 1; while (*s++);
      return 0;
    }
    if (*pattern == '\\' && len > 1) pattern++, len--;
    else if (*pattern == '_' && *s) {
      s++;
      continue;
    }
    if (tolower((unsigned char)*s) != tolower(*pattern)) return 0;
    s++;
  }
  return !*s;
}

static inline void sql_pair(struct session *q, const char *name, const char *value,
                            struct text pattern)
{
  struct text row[2];
  if (!sql_like(name, pattern.at, pattern.len)) return;
  row[0] = text_of(name);
  row[1] = text_of(value);
  reply_row(&q->reply, row, 2);
}

/* Answers with a list that is empty, or has the one row. */
static inline void sql_list(struct session *q, const char *const *names, const char *const *row)
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
static inline int sql_show_list(struct session *q, struct text *t)
{
  static const char *const warnings[] = { "Level", "Code", "Message", NULL };
  static const char *const databases[] = { "Database", NULL };
  static const char *const tables[] = { "Tables_in_", NULL };
  static const char *const collations[] = { "Collation", "Charset", "Id", "Default", "Compiled",
                                            "Sortlen", NULL };
  static const char *const collation[] = { "utf8mb4_general_ci", "utf8mb4", "45", "Yes", "Yes",
                                           "1" };
  if (sql_word(t, "WARNINGS") || sql_word(t, "ERRORS")) sql_list(q, warnings, NULL);
  else if (sql_word(t, "DATABASES") || sql_word(t, "SCHEMAS")) sql_list(q, databases, NULL);
  else if (sql_word(t, "TABLES")) sql_list(q, tables, NULL);
  else if (sql_word(t, "COLLATION")) sql_list(q, collations, collation);
  else return 0;
  return 1;
}

/* Answers SHOW CREATE USER: the session's own account, whoever is asked for. */
static inline void sql_show_user(struct session *q)
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
static inline void sql_show(struct session *q, struct text t)
{
  struct text names[2], pattern = text_of("%");
  char value[4096];
  const char *name;
  size_t i, needed;
  int status;

  if (sql_show_list(q, &t)) return;
  if (sql_word(&t, "CREATE") && sql_word(&t, "USER")) {
    sql_show_user(q);
    return;
  }
  if (!sql_word(&t, "SESSION") && !sql_word(&t, "GLOBAL")) sql_word(&t, "LOCAL");
  status = sql_word(&t, "STATUS");
  if (!status && !sql_word(&t, "VARIABLES")) {
    reply_error(&q->reply, 1235, "42000", "This version of MySQL doesn't yet support '%s'",
                "SHOW of this");
    return;
  }
  if (sql_word(&t, "LIKE") && !sql_quoted(&t, &pattern)) pattern.len = 0;
  names[0] = text_of("Variable_name");
  names[1] = text_of("Value");
  reply_columns(&q->reply, names, NULL, 2);
  for (i = 0; status && (name = tlsql_status_variable(i)) != NULL; i++)
    if (!tlsql_conn_status(q->link.conn, name, strlen(name), value, sizeof value, &needed))
      sql_pair(q, name, value, pattern);
  for (i = 0; !status && sql_variables[i]; i += 2)
    sql_pair(q, sql_variables[i], sql_variables[i + 1], pattern);
  for (i = 0; !status && sql_live_variables[i]; i++)
    if (sql_variable(q, text_of(sql_live_variables[i]), value, sizeof value))
      sql_pair(q, sql_live_variables[i], value, pattern);
  reply_end(&q->reply);
}

/* ---- SELECT -------------------------------------------------------------------- */

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
    if (!sql_variable(q, name, buf, cap)) {
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
  char kept[SQL_COLUMNS][512];
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
  size_t i;
  while (t.len && (isspace(t.at[t.len - 1]) || t.at[t.len - 1] == ';')) t.len--;
  if (sql_word(&t, "SELECT") && sql_select(q, t)) return;
  if (sql_word(&t, "SHOW")) {
    sql_show(q, t);
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
