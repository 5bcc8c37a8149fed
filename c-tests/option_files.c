/* Option files: what they set, what outranks them, their errors and notes, and wrong calls. */
#define _POSIX_C_SOURCE 200809L
#include <sys/stat.h>
#include <unistd.h>
#include "bytes.h"

static char scratch[] = "/tmp/tlsql-option-files-XXXXXX";

/* Writes my.cnf in the scratch directory, or another file of it. */
static void write_named(const char *name, const char *content, size_t len, mode_t mode)
{
  char path[100];
  FILE *f;
  snprintf(path, sizeof path, "%s/%s", scratch, name);
  f = fopen(path, "wb");
  if (!CHECK(f != NULL)) return;
  CHECK_EQ(fwrite(content, 1, len, f), len);
  fclose(f);
  CHECK_EQ(chmod(path, mode), 0);
}

static void write_file(const char *content)
{
  write_named("my.cnf", content, strlen(content), 0644);
}

static tlsql_code read_file(tlsql_builder *b, const char *groups)
{
  char path[100];
  snprintf(path, sizeof path, "%s/my.cnf", scratch);
  return tlsql_builder_read_options(b, path, strlen(path), groups, strlen(groups));
}

static void expect_value(tlsql_builder *b, const char *name, const char *wanted)
{
  char value[200];
  size_t n = 0;
  CHECK_CODE(tlsql_builder_get(b, name, strlen(name), value, sizeof value, &n), TLSQL_OK);
  CHECK_TEXT(value, wanted);
}

static void values(void)
{
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  char mode[32];
  size_t n = 0;
  write_file("# client and server\n[client]\nssl-mode = REQUIRED ; more\n"
             "[mysql]\nssl_mode = 'REQUIRED' # but not this\ntls-version=\"TLSv1.3\"\n"
             "ssl-ca =\nport=3306\n[mysqld]\nrequire_secure_transport\nssl-ca=x\n");
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(read_file(b, "client,mysql"), TLSQL_OK);
  expect_value(b, "ssl-mode", "REQUIRED");
  expect_value(b, "tls_version", "TLSv1.3");
  expect_value(b, "ssl_ca", "");
  CHECK_EQ(tlsql_builder_note_count(b), 0);
  /* The program's own counts, whatever the order. */
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("ssl-mode"), TLSQL_STR("DISABLED")), TLSQL_OK);
  CHECK_CODE(read_file(b, "mysql"), TLSQL_OK);
  expect_value(b, "ssl-mode", "DISABLED");
  CHECK_CODE(tlsql_builder_unset(b, TLSQL_STR("ssl-mode")), TLSQL_OK);
  expect_value(b, "ssl-mode", "PREFERRED");
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("ssl"), TLSQL_STR("ON")), TLSQL_OK);
  write_file("[client]\nssl-mode=DISABLED\n");
  CHECK_CODE(read_file(b, "client"), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  CHECK_CODE(tlsql_context_get(ctx, TLSQL_STR("ssl-mode"), mode, sizeof mode, &n), TLSQL_OK);
  CHECK_TEXT(mode, "REQUIRED");
  tlsql_context_free(ctx);
  /* A context is made of what was there then; the builder goes on. */
  write_file("[client]\ntls-version=TLSv1.2\n");
  CHECK_CODE(read_file(b, "client"), TLSQL_OK);
  expect_value(b, "tls-version", "TLSv1.2");
  tlsql_builder_free(b);

  write_file("[mysqld]\nrequire_secure_transport\ndatadir=/var/lib/mysql\n");
  CHECK_CODE(tlsql_builder_new(TLSQL_SERVER, &b), TLSQL_OK);
  CHECK_CODE(read_file(b, "mysqld,server,mysqld-5.7"), TLSQL_OK);
  expect_value(b, "require_secure_transport", "ON");
  expect_value(b, "datadir", "/var/lib/mysql");
  expect_value(b, "tlsql_channel", "mysql_main");
  tlsql_builder_free(b);
}

/* A server with the manual's lines: certificate and key in its data directory. */
static void server(void)
{
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  char content[900];
  snprintf(content, sizeof content, "[mysqld]\nssl_ca=ca.pem\nssl_cert=server-cert.pem\n"
           "ssl_key=server-key.pem\ndatadir=%s\n", certs);
  write_file(content);
  CHECK_CODE(tlsql_builder_new(TLSQL_SERVER, &b), TLSQL_OK);
  CHECK_CODE(read_file(b, "mysqld"), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_NOT_LOADED);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  CHECK_EQ(tlsql_context_has_tls(ctx), 1);
  tlsql_context_free(ctx);
  tlsql_builder_free(b);
}

/* Another certificate's key, which is seen when the context is made: notes, and no TLS. */
static void fault(void)
{
  tlsql_builder *b = NULL;
  tlsql_context *ctx = NULL;
  tlsql_error note = fresh_error();
  char content[900], value[20];
  size_t n = 0;
  snprintf(content, sizeof content, "[mysqld]\nssl_cert=server-cert.pem\nssl_key=client-key.pem\n"
           "tlsql_on_config_error=disable\ndatadir=%s\n", certs);
  write_file(content);
  CHECK_CODE(tlsql_builder_new(TLSQL_SERVER, &b), TLSQL_OK);
  CHECK_CODE(read_file(b, "mysqld"), TLSQL_OK);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  CHECK_EQ(tlsql_builder_note_count(b), 0);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  CHECK_EQ(tlsql_context_has_tls(ctx), 0);
  CHECK_CODE(tlsql_context_get(ctx, TLSQL_STR("have_ssl"), value, sizeof value, &n), TLSQL_OK);
  CHECK_TEXT(value, "DISABLED");
  tlsql_context_free(ctx);
  if (CHECK_EQ(tlsql_builder_note_count(b), 3)) {
    CHECK_CODE(tlsql_builder_note(b, 0, &note), TLSQL_OK);
    CHECK_EQ(note.severity, TLSQL_SEVERITY_ERROR);
    CHECK_EQ(note.log_code, 59);
    CHECK_TEXT(note.message, "SSL error: Unable to get private key from 'client-key.pem'");
    CHECK_CODE(tlsql_builder_note(b, 1, &note), TLSQL_OK);
    CHECK_EQ(note.severity, TLSQL_SEVERITY_WARNING);
    CHECK_EQ(note.log_code, 10069);
    CHECK_HOLDS(note.message, "SSL library error: Unable to get private key");
    CHECK_CODE(tlsql_builder_note(b, 2, &note), TLSQL_OK);
    CHECK_EQ(note.log_code, 0);
    CHECK_TEXT(note.option, "ssl_key");
    CHECK_HOLDS(note.message, "ssl_key: TLS is off: Private key does not match");
  }
  CHECK_CODE(tlsql_builder_set(b, TLSQL_STR("tlsql_on_config_error"), TLSQL_STR("abort")), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_E_KEY_MISMATCH);
  tlsql_builder_free(b);
}

static void errors(void)
{
  static const struct { const char *content; tlsql_code code; const char *option, *line; } rows[] = {
    { "[client]\nssl-bogus=1\n", TLSQL_E_OPTION_NAME, "ssl_bogus", "my.cnf, line 2)" },
    { "[client]\n\nssl-mode=ALWAYS\n", TLSQL_E_OPTION_VALUE, "ssl_mode", "my.cnf, line 3)" },
    { "[client]\ntls-version=TLSv1\n", TLSQL_E_NO_VERSION, "tls_version", "my.cnf, line 2)" },
    { "[client]\nssl-ca='x\n", TLSQL_E_OPTION_SYNTAX, "ssl_ca", "my.cnf, line 2)" },
    { "ssl-ca=x\n", TLSQL_E_OPTION_SYNTAX, "", "my.cnf, line 1)" },
    { "[client]\n!include /nonexistent/my.cnf\n", TLSQL_E_OPTION_FILE, "", "my.cnf, line 2)" },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tlsql_builder *b = NULL;
    tlsql_error e = fresh_error();
    write_file(rows[i].content);
    CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
    CHECK_CODE(read_file(b, "client"), rows[i].code);
    CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
    CHECK_CODE(e.code, rows[i].code);
    CHECK_EQ(e.mysql_errno, 2026);
    CHECK_TEXT(e.sqlstate, "HY000");
    CHECK_TEXT(e.option, rows[i].option);
    CHECK_HOLDS(e.message, rows[i].line);
    CHECK_EQ(e.os_errno != 0, rows[i].code == TLSQL_E_OPTION_FILE);
    check_sentence(&e);
    expect_value(b, "ssl-mode", "PREFERRED");
    tlsql_builder_free(b);
  }
  {
    tlsql_builder *b = NULL;
    tlsql_error e = fresh_error();
    static const char with_nul[] = "[x]\n\0\n";
    char content[200];
    snprintf(content, sizeof content, "!include %s/my.cnf\n", scratch);
    write_file(content);
    CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
    CHECK_CODE(read_file(b, "client"), TLSQL_E_OPTION_INCLUDE);
    write_named("my.cnf", with_nul, sizeof with_nul - 1, 0644);
    CHECK_CODE(read_file(b, "client"), TLSQL_E_OPTION_SYNTAX);
    CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
    CHECK_HOLDS(e.message, "my.cnf, line 2)");
    tlsql_builder_free(b);
  }
}

/* A path of 60 bytes is whole in the first 100 bytes of the fact, and a line's number with it. */
static void long_paths(void)
{
  static const struct { const char *content; tlsql_code code; const char *what; } rows[] = {
    { "ssl-ca=x\n", TLSQL_E_OPTION_SYNTAX, "%s, line 1)" },
    { "[client]\n!nothing\n", TLSQL_E_OPTION_SYNTAX, "%s, line 2)" },
    { NULL, TLSQL_E_OPTION_INCLUDE, "%s, line 1)" },          /* it includes itself */
    { "", TLSQL_E_OPTION_FILE, "(%s)" },                      /* it is not there */
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tlsql_builder *b = NULL;
    tlsql_error e = fresh_error();
    char path[100], include[120], wanted[120], kept[101];
    snprintf(path, sizeof path, "%s/%s.cnf", scratch, "a-name-that-makes-60-byte");
    CHECK_EQ(strlen(path), 60);
    snprintf(include, sizeof include, "!include %s\n", path);
    if (!rows[i].content || *rows[i].content) {
      const char *content = rows[i].content ? rows[i].content : include;
      write_named(path + sizeof scratch, content, strlen(content), 0644);
    }
    CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
    CHECK_CODE(tlsql_builder_read_options(b, path, 60, TLSQL_STR("client")), rows[i].code);
    CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
    snprintf(kept, sizeof kept, "%.*s", (int)e.fact_len, e.message + e.fact_off);
    snprintf(wanted, sizeof wanted, rows[i].what, path);
    CHECK_HOLDS(kept, wanted);
    check_sentence(&e);
    tlsql_builder_free(b);
    unlink(path);
  }
}

static void notes(void)
{
  static const char content[] = "[client]\nloose-ssl-bogus=1\nssl-mode=REQUIRED\n";
  tlsql_builder *b = NULL;
  tlsql_error note = fresh_error();
  write_file(content);
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(read_file(b, "client"), TLSQL_OK);
  if (CHECK_EQ(tlsql_builder_note_count(b), 1)) {
    CHECK_CODE(tlsql_builder_note(b, 0, &note), TLSQL_OK);
    CHECK_EQ(note.severity, TLSQL_SEVERITY_NOTE);
    CHECK_TEXT(note.option, "");
    CHECK_HOLDS(note.message, "ssl_bogus: unknown, left out");
    CHECK_HOLDS(note.message, "my.cnf, line 2)");
  }
  tlsql_builder_free(b);
  write_named("my.cnf", content, sizeof content - 1, 0666);
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(read_file(b, "client"), TLSQL_OK);
  expect_value(b, "ssl-mode", "PREFERRED");
  if (CHECK_EQ(tlsql_builder_note_count(b), 1)) {
    CHECK_CODE(tlsql_builder_note(b, 0, &note), TLSQL_OK);
    CHECK_EQ(note.severity, TLSQL_SEVERITY_WARNING);
    CHECK_HOLDS(note.message, "World-writable config file '");
  }
  tlsql_builder_free(b);
}

static void wrong_calls(void)
{
  tlsql_builder *b = NULL;
  tlsql_error e = fresh_error();
  const char *path = "/etc/my.cnf", *groups = "client";
  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &b), TLSQL_OK);
  CHECK_CODE(tlsql_builder_read_options(NULL, TLSQL_STR("x"), TLSQL_STR("y")), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_read_options(b, NULL, 1, groups, 6), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_read_options(b, path, 11, NULL, 1), TLSQL_E_NULL);
  CHECK_CODE(tlsql_builder_read_options(b, NULL, 0, groups, 6), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, path, 0, groups, 6), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, path, 11, NULL, 0), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, path, 11, groups, 0), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, path, (size_t)-1, groups, 6), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, path, 11, groups, (size_t)-1), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, path, 11, TLSQL_STR("client,,mysql")),
             TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, TLSQL_STR("a\0b"), groups, 6), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, TLSQL_STR("\xff"), groups, 6), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_read_options(b, path, 11, TLSQL_STR("\xff")), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
  CHECK_CODE(e.code, TLSQL_OK);                               /* wrong calls are not recorded */
  CHECK_CODE(tlsql_builder_read_options(b, TLSQL_STR("/nonexistent/my.cnf"), groups, 6),
             TLSQL_E_OPTION_FILE);
  CHECK_CODE(tlsql_builder_error(b, &e), TLSQL_OK);
  CHECK_CODE(e.code, TLSQL_E_OPTION_FILE);
  CHECK_HOLDS(e.message, "(/nonexistent/my.cnf)");
  tlsql_builder_free(b);
}

int main(int argc, char **argv)
{
  char path[100];
  test_arguments(argc, argv, 0);
  if (!mkdtemp(scratch)) { perror(scratch); return 2; }
  values();
  server();
  fault();
  errors();
  long_paths();
  notes();
  wrong_calls();
  snprintf(path, sizeof path, "%s/my.cnf", scratch);
  unlink(path);
  rmdir(scratch);
  return check_report("option_files");
}
