/* Who may log in: accounts set by name and by clause, and what the peer and the log are told. */
#include "pair.h"
#include <pthread.h>

static tlsql_context *server_context, *bare_context, *good_context;

#define BOB TLSQL_STR("bob"), TLSQL_STR("db.example"), TLSQL_PASSWORD_YES
static const char denied[] = "Access denied for user 'bob'@'db.example' (using password: YES)";

static tlsql_account *account_of(const char *name, const char *value)
{
  tlsql_account *acct = NULL;
  CHECK_CODE(tlsql_account_new(&acct), TLSQL_OK);
  if (name)
    CHECK_CODE(tlsql_account_set(acct, name, strlen(name), value, strlen(value), NULL), TLSQL_OK);
  return acct;
}

/* Sets and checks; the account is gone afterwards. */
static tlsql_code check_with(tlsql_conn *conn, const char *name, const char *value,
                             tlsql_error *refusal, tlsql_error *log)
{
  tlsql_account *acct = account_of(name, value);
  tlsql_code rc = tlsql_conn_check_account(conn, acct, BOB, refusal, log);
  tlsql_account_free(acct);
  return rc;
}

static void nulls(void)
{
  tlsql_account *acct = (tlsql_account *)&server_context;
  tlsql_error e = fresh_error(), log = fresh_error();
  pair p;
  CHECK_CODE(tlsql_account_new(NULL), TLSQL_E_NULL);
  tlsql_account_free(NULL);
  CHECK_CODE(tlsql_account_set(NULL, TLSQL_STR("require"), TLSQL_STR("SSL"), NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_account_new(&acct), TLSQL_OK);
  CHECK_CODE(tlsql_account_set(acct, NULL, 7, TLSQL_STR("SSL"), NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), NULL, 3, NULL), TLSQL_E_NULL);
  CHECK_CODE(tlsql_account_set(acct, NULL, 0, NULL, 0, NULL), TLSQL_E_OPTION_NAME);
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), NULL, 0, NULL), TLSQL_E_OPTION_VALUE);
  CHECK_CODE(tlsql_account_set(acct, "require", (size_t)-1, TLSQL_STR("SSL"), NULL),
             TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), TLSQL_STR("\xff"), NULL),
             TLSQL_E_ARGUMENT);
  e.struct_size = 4;
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), TLSQL_STR("SSL"), &e),
             TLSQL_E_STRUCT_SIZE);

  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), TLSQL_STR("NONE"), NULL), TLSQL_OK);
  CHECK_CODE(tlsql_conn_check_account(NULL, acct, BOB, NULL, NULL), TLSQL_E_NULL);
  pair_secure(&p, good_context, server_context);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, &e, NULL), TLSQL_E_STRUCT_SIZE);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, NULL, &e), TLSQL_E_STRUCT_SIZE);
  e = fresh_error();
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, NULL, 1, NULL, 0, 0, &e, NULL),
             TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, NULL, 0, NULL, 1, 0, NULL, &e),
             TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, NULL, 0, NULL, 0, 3, NULL, NULL),
             TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, NULL, 0, NULL, 0, 0, NULL, NULL), TLSQL_OK);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, &e, &log), TLSQL_OK);
  CHECK_EQ(e.code, TLSQL_OK);
  CHECK_EQ(log.code, TLSQL_OK);
  CHECK_EQ(e.message[0], 0);

  /* A host gets the error of a wrong password from here. */
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, NULL, BOB, &e, &log), TLSQL_E_NULL);
  CHECK_EQ(e.mysql_errno, 1045);
  CHECK_TEXT(e.sqlstate, "28000");
  CHECK_TEXT(e.message, denied);
  CHECK_EQ(log.code, TLSQL_OK);                  /* nothing to log */
  CHECK_EQ(log.severity, 0);
  CHECK_TEXT(log.message, "");
  pair_free(&p);
  tlsql_account_free(acct);
}

/* Each wrong check has its own reason, and is not the account's last word. */
static void reasons(void)
{
  tlsql_account *acct = account_of("require", "SSL");
  tlsql_error e = fresh_error(), refusal = fresh_error(), log = fresh_error();
  uint8_t buf[100];
  size_t n = 0;
  pair p;
  pair_secure(&p, good_context, server_context);
  CHECK_CODE(tlsql_conn_seal(p.s.conn, buf, sizeof buf, 0, &n), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, TLSQL_STR("a"), TLSQL_STR("h"), 7, &refusal,
                                      &log), TLSQL_E_ARGUMENT);
  CHECK_EQ(refusal.mysql_errno, 1045);                    /* whatever the reason */
  CHECK_TEXT(refusal.sqlstate, "28000");
  CHECK_TEXT(refusal.message, "Access denied for user 'a'@'h' (using password: YES)");
  CHECK_HOLDS(log.message, "used_password is none of TLSQL_PASSWORD_");
  CHECK_EQ(log.severity, TLSQL_SEVERITY_ERROR);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, NULL, 1, TLSQL_STR("h"), 0, &refusal, &log),
             TLSQL_E_NULL);
  CHECK_EQ(refusal.mysql_errno, 1045);
  CHECK_TEXT(refusal.message, "Access denied for user ''@'h' (using password: NO)");
  CHECK_CODE(log.code, TLSQL_E_NULL);
  CHECK_CODE(tlsql_conn_explain(p.s.conn, TLSQL_E_ARGUMENT, &e), TLSQL_OK);
  CHECK_HOLDS(e.message, "used_password is none of TLSQL_PASSWORD_");
  CHECK_CODE(tlsql_conn_check_account(p.c.conn, acct, BOB, NULL, NULL), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_explain(p.c.conn, TLSQL_E_STATE, &e), TLSQL_OK);
  CHECK_HOLDS(e.message, "this is a client in TLS");
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), TLSQL_STR("X509"), NULL), TLSQL_OK);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, NULL, NULL), TLSQL_OK);
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), TLSQL_STR("SSL"), &e), TLSQL_E_STATE);
  CHECK_TEXT(e.message, "A connection was checked against this account: make another.");
  tlsql_account_free(acct);

  acct = account_of("cipher", "x");              /* a refusal has judged */
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, NULL, NULL), TLSQL_E_ACCOUNT_CIPHER);
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("cipher"), TLSQL_STR("y"), NULL), TLSQL_E_STATE);
  tlsql_account_free(acct);

  acct = account_of(NULL, NULL);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, NULL, NULL), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_explain(p.s.conn, TLSQL_E_ARGUMENT, &e), TLSQL_OK);
  CHECK_HOLDS(e.message, "the account requires nothing");
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), TLSQL_STR("NONE"), NULL), TLSQL_OK);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, NULL, NULL), TLSQL_OK);
  tlsql_account_free(acct);
  pair_free(&p);
}

static void wrong_order(void)
{
  tlsql_account *acct = account_of(NULL, NULL);
  tlsql_error e = fresh_error(), log = fresh_error();
  pair p;
  pair_open(&p, good_context, server_context);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, &e, &log), TLSQL_E_STATE);
  CHECK_TEXT(e.message, denied);
  pair_pump(&p, &wide, &wide);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, &e, &log), TLSQL_E_ARGUMENT);
  CHECK_HOLDS(log.message, "require=NONE");
  tlsql_account_free(acct);

  acct = account_of("require", "SSL");
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("Require"), TLSQL_STR("X509"), &e),
             TLSQL_E_OPTION_NAME);
  CHECK_TEXT(e.option, "Require");
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("require"), TLSQL_STR("SSL, X509"), &e),
             TLSQL_E_OPTION_VALUE);
  CHECK_TEXT(e.option, "require");
  CHECK_HOLDS(e.message, "'SSL, X509' is none of NONE, SSL, X509");
  check_sentence(&e);
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("subject"), TLSQL_STR("/CN=x"), &e),
             TLSQL_E_OPTION_VALUE);
  CHECK_HOLDS(e.message, "SSL stands alone");
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("clause"), TLSQL_STR("REQUIRE CIPHER 'x"), &e),
             TLSQL_E_OPTION_VALUE);
  CHECK_HOLDS(e.message, "an unclosed quote: 'x");
  CHECK_CODE(tlsql_account_set(acct, TLSQL_STR("one-line"), TLSQL_STR("ANY"), &e), TLSQL_OK);
  CHECK_EQ(e.code, TLSQL_OK);
  CHECK_CODE(tlsql_conn_check_account(p.c.conn, acct, BOB, &e, &log), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, &e, &log), TLSQL_OK);
  CHECK_CODE(tlsql_conn_close(p.s.conn), TLSQL_OK);
  pair_pump(&p, &wide, &wide);
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, acct, BOB, &e, &log), TLSQL_E_STATE);
  pair_free(&p);
  tlsql_account_free(acct);
}

/* Each form: what a client without and one with a certificate get. */
static void forms(void)
{
  static const struct { const char *name, *value; tlsql_code bare, good; uint32_t log_code; }
  forms[] = {
    { "require", "NONE", TLSQL_OK, TLSQL_OK, 0 },
    { "require", "ssl", TLSQL_OK, TLSQL_OK, 0 },
    { "require", "X509", TLSQL_E_ACCOUNT_X509, TLSQL_OK, 0 },
    { "cipher", "AES128-SHA", TLSQL_E_ACCOUNT_CIPHER, TLSQL_E_ACCOUNT_CIPHER, 10289 },
    { "issuer", "/CN=tlsql test CA", TLSQL_E_ACCOUNT_X509, TLSQL_OK, 0 },
    { "issuer", "/CN=another CA", TLSQL_E_ACCOUNT_X509, TLSQL_E_ACCOUNT_ISSUER, 10290 },
    { "subject", "/CN=tlsql test client", TLSQL_E_ACCOUNT_X509, TLSQL_OK, 0 },
    { "subject", "/CN=tlsql test Client", TLSQL_E_ACCOUNT_X509, TLSQL_E_ACCOUNT_SUBJECT, 10291 },
    { "san", "DNS:client", TLSQL_E_ACCOUNT_X509, TLSQL_E_ACCOUNT_SAN, 0 },
    { "clause", "REQUIRE SUBJECT '/CN=tlsql test client' AND ISSUER '/CN=tlsql test CA'",
      TLSQL_E_ACCOUNT_X509, TLSQL_OK, 0 },
  };
  pair bare, good;
  pair_secure(&bare, bare_context, server_context);
  pair_secure(&good, good_context, server_context);
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    tlsql_error e = fresh_error(), log = fresh_error();
    CHECK_CODE(check_with(bare.s.conn, forms[i].name, forms[i].value, NULL, NULL), forms[i].bare);
    CHECK_CODE(check_with(good.s.conn, forms[i].name, forms[i].value, &e, &log), forms[i].good);
    CHECK_EQ(e.code, forms[i].good);
    CHECK_EQ(log.code, forms[i].good);
    CHECK_EQ(log.log_code, forms[i].log_code);
    CHECK_EQ(e.log_code, 0);
    if (!e.code) continue;
    CHECK_EQ(e.mysql_errno, 1045);
    CHECK_TEXT(e.sqlstate, "28000");
    CHECK_TEXT(e.message, denied);
    CHECK_EQ(log.severity, TLSQL_SEVERITY_NOTE);
    CHECK_HOLDS(log.message, " mismatch: should be '");
    CHECK_HOLDS(log.message, forms[i].value);
  }
  pair_free(&bare);
  pair_free(&good);
}

/* The bytes of the ERR packet are those of a wrong password. */
static void packets(void)
{
  uint8_t refused[200], wrong[200];
  size_t n = 0, m = 0;
  tlsql_error e = fresh_error(), wrong_password = fresh_error();
  pair p;
  pair_secure(&p, bare_context, server_context);
  CHECK_CODE(check_with(p.s.conn, "require", "X509", &e, NULL), TLSQL_E_ACCOUNT_X509);
  wrong_password.mysql_errno = 1045;
  memcpy(wrong_password.sqlstate, "28000", 6);
  memcpy(wrong_password.message, denied, sizeof denied);
  CHECK_CODE(tlsql_error_packet(&e, 3, 0x200, refused, sizeof refused, &n), TLSQL_OK);
  CHECK_CODE(tlsql_error_packet(&wrong_password, 3, 0x200, wrong, sizeof wrong, &m), TLSQL_OK);
  CHECK(n == m && memcmp(refused, wrong, n) == 0);
  pair_free(&p);
}

static tlsql_account *shared;

static void *log_in(void *arg)
{
  tlsql_context *ctx = (tlsql_context *)arg;
  pair p;
  pair_secure(&p, ctx, server_context);
  for (int i = 0; i < 200; i++) {
    tlsql_error e = fresh_error(), log = fresh_error();
    tlsql_code wanted = ctx == good_context ? TLSQL_OK : TLSQL_E_ACCOUNT_X509;
    CHECK_CODE(tlsql_conn_check_account(p.s.conn, shared, BOB, &e, &log), wanted);
    CHECK_CODE(tlsql_account_set(shared, TLSQL_STR("require"), TLSQL_STR("NONE"), NULL),
               TLSQL_E_STATE);
  }
  pair_free(&p);
  return NULL;
}

/* Threads check against one account, and try to change it, which disturbs nobody. */
static void shared_by_threads(void)
{
  pair p;
  pair_secure(&p, good_context, server_context);
  shared = account_of("subject", "/CN=tlsql test client");
  CHECK_CODE(tlsql_conn_check_account(p.s.conn, shared, BOB, NULL, NULL), TLSQL_OK);
  for (int round = 0; round < 2; round++) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
      CHECK_EQ(pthread_create(&threads[i], NULL, log_in, i % 2 ? good_context : bare_context), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  }
  tlsql_account_free(shared);
  pair_free(&p);
}

int main(int argc, char **argv)
{
  static const char *const good[] = { "ssl-mode", "REQUIRED", "ssl-cert", "@client-cert.pem",
                                      "ssl-key", "@client-key.pem", NULL };
  static const char *const bare[] = { "ssl-mode", "REQUIRED", NULL };
  test_arguments(argc, argv, 0);
  server_context = context_of(TLSQL_SERVER, server_options);
  good_context = context_of(TLSQL_CLIENT, good);
  bare_context = context_of(TLSQL_CLIENT, bare);
  nulls();
  reasons();
  wrong_order();
  forms();
  packets();
  shared_by_threads();
  tlsql_context_free(bare_context);
  tlsql_context_free(good_context);
  tlsql_context_free(server_context);
  return check_report("accounts");
}
