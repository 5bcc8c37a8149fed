/* What a failed connection must tell. */
#ifndef FAULT_H
#define FAULT_H
#include "pair.h"

/* The failure is final: every call that could act on the connection repeats it. */
static inline void failure_is_final(end *e, tlsql_code code)
{
  uint8_t buf[64];
  size_t n = 0;
  tlsql_request r = test_request();
  memset(buf, 0, sizeof buf);
  CHECK_CODE(end_step(e, &wide), code);
  CHECK_CODE(tlsql_conn_seal(e->conn, buf, sizeof buf, 1, &n), code);
  CHECK_CODE(tlsql_conn_rekey(e->conn), code);
  CHECK_CODE(tlsql_conn_eof(e->conn, 0), code);
  CHECK_CODE(tlsql_conn_close(e->conn), code);
  if (e->role == TLSQL_CLIENT) CHECK_CODE(tlsql_client_start(e->conn, &r), code);
  else CHECK_CODE(tlsql_server_greeting_sent(e->conn, 0), code);
  CHECK_EQ(tlsql_conn_phase(e->conn), TLSQL_PHASE_FAILED);
  CHECK_EQ(tlsql_conn_outcome(e->conn), TLSQL_OUTCOME_NONE);
  CHECK_EQ(tlsql_conn_want(e->conn), 0);
}

static inline tlsql_error expect_failure(end *e, tlsql_code code, int mysql_errno,
                                         const char *sqlstate)
{
  tlsql_error err = conn_error(e->conn);
  CHECK_CODE(e->failure, code);
  if (!CHECK_CODE(err.code, code)) return err;
  CHECK_EQ(err.mysql_errno, mysql_errno);
  CHECK_TEXT(err.sqlstate, sqlstate);
  CHECK_EQ(err.severity, 3);
  CHECK(err.message[0]);
  CHECK(memchr(err.message, 0, sizeof err.message) != NULL);
  for (const char *c = err.message; *c; c++) CHECK((unsigned char)*c >= 0x20 && *c != 0x7f);
  failure_is_final(e, code);
  return err;
}
#endif
