/* variables.h - the example server's system and status variables, by name: what clients ask for when
 * they connect, and what the engine has the values of. */
#ifndef VARIABLES_H
#define VARIABLES_H
#include <stdio.h>
#include "session.h"
#include "statement.h"

struct variable {
  const char *name, *value;                 /* NULL: the connection or the engine has it */
};

/* In the order of their names, as SHOW VARIABLES has them. */
static const struct variable variables[] = {
  { "auto_generate_certs", NULL }, { "auto_increment_increment", "1" },
  { "auto_increment_offset", "1" }, { "autocommit", "1" }, { "character_set_client", "utf8mb4" },
  { "character_set_connection", "utf8mb4" }, { "character_set_database", "utf8mb4" },
  { "character_set_filesystem", "binary" }, { "character_set_results", "utf8mb4" },
  { "character_set_server", "utf8mb4" }, { "character_set_system", "utf8mb3" },
  { "collation_connection", "utf8mb4_general_ci" }, { "collation_database", "utf8mb4_general_ci" },
  { "collation_server", "utf8mb4_general_ci" }, { "datadir", NULL },
  { "default_storage_engine", "InnoDB" }, { "foreign_key_checks", "1" }, { "gtid_mode", "OFF" },
  { "have_openssl", NULL }, { "have_query_cache", "NO" }, { "have_ssl", NULL },
  { "hostname", "localhost" }, { "identity", "0" }, { "init_connect", "" },
  { "innodb_lock_wait_timeout", "50" }, { "innodb_read_only", "0" },
  { "interactive_timeout", "28800" }, { "last_insert_id", "0" },
  { "license", "Apache-2.0 OR MIT" }, { "lock_wait_timeout", "31536000" }, { "log_bin", "0" },
  { "lower_case_file_system", "OFF" }, { "lower_case_table_names", "0" },
  { "max_allowed_packet", "16384" }, { "max_connections", "151" }, { "max_execution_time", "0" },
  { "max_user_connections", "0" }, { "net_buffer_length", "16384" }, { "net_read_timeout", "30" },
  { "net_write_timeout", "60" }, { "performance_schema", "0" }, { "port", NULL },
  { "protocol_version", "10" }, { "pseudo_thread_id", NULL }, { "query_cache_size", "0" },
  { "query_cache_type", "OFF" }, { "read_only", "0" }, { "require_secure_transport", NULL },
  { "server_id", "1" }, { "session_track_gtids", "OFF" }, { "session_track_schema", "1" },
  { "session_track_state_change", "0" }, { "session_track_system_variables", "" },
  { "socket", NULL }, { "sql_auto_is_null", "0" }, { "sql_mode", "" }, { "sql_safe_updates", "0" },
  { "sql_select_limit", "18446744073709551615" }, { "ssl_ca", NULL }, { "ssl_capath", NULL },
  { "ssl_cert", NULL }, { "ssl_cipher", NULL }, { "ssl_crl", NULL }, { "ssl_crlpath", NULL },
  { "ssl_fips_mode", NULL }, { "ssl_key", NULL }, { "ssl_session_cache_mode", NULL },
  { "ssl_session_cache_timeout", NULL }, { "super_read_only", "0" }, { "system_time_zone", "UTC" },
  { "time_zone", "SYSTEM" }, { "tls_certificates_enforced_validation", NULL },
  { "tls_ciphersuites", NULL }, { "tls_version", NULL },
  { "transaction_isolation", "REPEATABLE-READ" }, { "transaction_read_only", "0" },
  { "tx_isolation", "REPEATABLE-READ" }, { "tx_read_only", "0" }, { "unique_checks", "1" },
  { "version", SERVER_VERSION }, { "version_comment", "tlsql example server" },
  { "version_compile_machine", "" }, { "version_compile_os", "Linux" },
  { "wait_timeout", "28800" },
  { NULL, NULL } };

/* Copies a system variable's value into buf; returns 0 if there is no such variable. */
static inline int variable_get(const struct session *q, struct text name, char *buf, size_t cap)
{
  size_t i, needed;
  if (sql_same("socket", name.at, name.len))
    return snprintf(buf, cap, "%s", q->account->socket) >= 0;
  if (sql_same("port", name.at, name.len))
    return snprintf(buf, cap, "%u", q->account->port) >= 0;
  if (sql_same("pseudo_thread_id", name.at, name.len)) return snprintf(buf, cap, "%u", q->id) >= 0;
  for (i = 0; variables[i].name; i++)
    if (variables[i].value && sql_same(variables[i].name, name.at, name.len))
      return snprintf(buf, cap, "%s", variables[i].value) >= 0;
  return !tlsql_context_get(q->ctx, (const char *)name.at, name.len, buf, cap, &needed);
}

/* Copies a status variable's value into buf, the connection's or the whole server's. */
static inline int variable_status(const struct session *q, const char *name, int global, char *buf,
                                  size_t cap)
{
  size_t needed;
  return !(global ? tlsql_context_status(q->ctx, name, strlen(name), buf, cap, &needed)
                  : tlsql_conn_status(q->link.conn, name, strlen(name), buf, cap, &needed));
}

#endif
