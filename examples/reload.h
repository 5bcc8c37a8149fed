/* reload.h - new certificates, CAs and revocation lists for a server that runs: at SIGHUP, and at
 * ALTER INSTANCE RELOAD TLS.  Sessions keep what they began with. */
#ifndef RELOAD_H
#define RELOAD_H
#include <signal.h>
#include "log.h"
#include "names.h"
#include "statement.h"
#include "ticket_keys.h"

static tlsql_context *reload_ctx;
static tlsql_builder *reload_builder;       /* the options of the command line */
static volatile sig_atomic_t reload_asked;

/* What SHOW WARNINGS has behind a reload that failed, and in which session; 0: in none. */
static tlsql_error reload_failure;
static int reload_is_warning;               /* NO ROLLBACK ON ERROR turned TLS off */
static uint32_t reload_failed;

static inline void reload_on_signal(int number)
{
  (void)number;
  reload_asked = 1;
}

/* Prepares both ways, and loads the ticket keys.  The builder is used from now on, and freed by the caller at the end. */
static inline void reload_prepare(tlsql_context *ctx, tlsql_builder *b)
{
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = reload_on_signal;     /* without SA_RESTART: poll() returns */
  sigemptyset(&action.sa_mask);
  reload_ctx = ctx;
  reload_builder = b;
  sigaction(SIGHUP, &action, NULL);
  ticket_keys_load(ctx);
}

static inline void reload_name_failed(const tlsql_error *why)
{
  log_write(0, "Warning", "[tlsql] the old pair stays: %s [%s]", why->message, tlsql_code_name(why->code));
}

/* Reads the files of the options again and puts them in force.  A name whose files cannot be used keeps
 * its pair. */
static inline tlsql_code reload_now(uint32_t connection, uint32_t flags, tlsql_error *why)
{
  tlsql_code rc;
  memset(why, 0, sizeof *why);
  why->struct_size = sizeof *why;
  (void)names_load(reload_builder, why, reload_name_failed);
  memset(why, 0, sizeof *why);
  why->struct_size = sizeof *why;
  (void)tlsql_builder_load_files(reload_builder);           /* the reload repeats its failure */
  rc = tlsql_context_reload(reload_ctx, reload_builder, flags, why);
  ticket_keys_load(reload_ctx);
  if (rc) log_write(connection, "ERROR", "[tlsql] %s [%s]", why->message, tlsql_code_name(rc));
  else log_write(connection, "Note", "[tlsql] new sessions use the files as they are now");
  if (!tlsql_context_has_tls(reload_ctx))
    log_write(connection, "Warning", "[tlsql] new sessions have no TLS");
  return rc;
}

/* Does what a signal asked for since the last call. */
static inline void reload_if_asked(void)
{
  tlsql_error why;
  if (!reload_asked) return;
  reload_asked = 0;
  (void)reload_now(0, 0, &why);
}

/* Answers OK, with one warning if there is one. */
static inline void reload_ok(struct reply *r, int warnings)
{
  packet_begin(&r->out, r->sequence++);
  write_zeros(&r->out, 3);
  if (!reply_is_old(r) || r->capabilities & CLIENT_TRANSACTIONS) write_int(&r->out, 2, 2);
  if (!reply_is_old(r)) write_int(&r->out, (uint64_t)warnings, 2);
  packet_end(&r->out);
}

/* Answers SHOW WARNINGS, or SHOW ERRORS, which has no warning. */
static inline void reload_show(struct session *q, int only_errors)
{
  struct text titles[3], row[3];
  char number[12];
  titles[0] = text_of("Level");
  titles[1] = text_of("Code");
  titles[2] = text_of("Message");
  snprintf(number, sizeof number, "%u", (unsigned)reload_failure.mysql_errno);
  row[0] = text_of(reload_is_warning ? "Warning" : "Error");
  row[1] = text_of(number);
  row[2] = text_of(reload_failure.message);
  reply_columns(&q->reply, titles, NULL, 3);
  if (!only_errors || !reload_is_warning) reply_row(&q->reply, row, 3);
  reply_end(&q->reply);
}

/* Answers SHOW WARNINGS or SHOW ERRORS behind a reload of this session that failed; returns 0 for any
 * other statement. */
static inline int reload_answer_show(struct session *q, struct text t)
{
  int only_errors = 0;
  if (reload_failed != q->id || !sql_word(&t, "SHOW")) return 0;
  if (!sql_word(&t, "WARNINGS") && !(only_errors = sql_word(&t, "ERRORS"))) return 0;
  reload_show(q, only_errors);
  return 1;
}

/* Answers ALTER INSTANCE RELOAD TLS [FOR CHANNEL mysql_main] [NO ROLLBACK ON ERROR], and SHOW WARNINGS
 * behind it, up to the next statement; returns 0 for any other.  In MySQL it needs CONNECTION_ADMIN;
 * here, where there are no privileges, everybody who has an account may do it.  A host must ask for
 * one: NO ROLLBACK ON ERROR turns TLS off for all new sessions where a file cannot be used. */
static inline int reload_answer(struct session *q, struct text t)
{
  tlsql_error why;
  uint32_t flags = 0;
  while (t.len && (isspace(t.at[t.len - 1]) || t.at[t.len - 1] == ';')) t.len--;
  if (reload_answer_show(q, t)) return 1;
  if (reload_failed == q->id) reload_failed = 0;
  if (!sql_word(&t, "ALTER") || !sql_word(&t, "INSTANCE")) return 0;
  if (!sql_word(&t, "RELOAD") || !sql_word(&t, "TLS")) return 0;
  if (sql_word(&t, "FOR") && !(sql_word(&t, "CHANNEL") && sql_word(&t, "mysql_main"))) {
    reply_error(&q->reply, 1149, "42000", "There is no channel of this name here%s", "");
    return 1;
  }
  if (sql_word(&t, "NO")) {
    if (!sql_word(&t, "ROLLBACK") || !sql_word(&t, "ON") || !sql_word(&t, "ERROR")) return 0;
    flags = TLSQL_RELOAD_NO_ROLLBACK;
  }
  if (t.len) return 0;
  if (!reload_now(q->id, flags, &why)) {
    reload_ok(&q->reply, 0);
    return 1;
  }
  reload_failure = why;
  reload_is_warning = why.severity == TLSQL_SEVERITY_WARNING;
  reload_failed = q->id;
  if (reload_is_warning) reload_ok(&q->reply, 1);
  else reply_tell(&q->reply, &why);
  return 1;
}

#endif
