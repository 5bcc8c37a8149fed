/* server_options.h - the command line of the example server: the options of mysqld. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H
#include "names.h"
#include "options.h"
#include "session.h"
#include "ticket_keys.h"

/* The names of the server that go into the certificates it makes: those it is reached by here. */
#define SERVER_NAMES "localhost,127.0.0.1"

struct server_options {
  const char *address, *socket;             /* NULL: no socket file */
  const char *pid_file;                     /* NULL: none is written */
  unsigned port;
  struct account account;                   /* of the command line */
  struct account *accounts;                 /* this one, or those of a file */
  tlsql_builder *builder;                   /* what the context was made of; freed by the caller */
};

static const char *const server_help =
  "A small MySQL server; options as those of mysqld.\n\n"
  "  -P, --port=NUMBER          where to listen (3306; 0: any free port)\n"
  "      --bind-address=NAME    (127.0.0.1)\n"
  "      --pid-file=PATH        write the number of the process there, for `kill -HUP`\n"
  "      --socket=PATH          listen on a Unix socket too\n"
  "  -u, --user=NAME            the account (root)\n"
  "  -p, --password=TEXT        its password (none)\n"
  "      --default-authentication-plugin=NAME\n"
  "                             mysql_native_password, or caching_sha2_password\n"
  "      --ticket-keys=FILE     keys of session tickets, shared with other servers: 48 bytes, or 96\n"
  "                             with the previous ones; read again at a reload\n"
  "      --add-name=NAME:CERT:KEY\n"
  "                             show the certificate of these files to clients whose SNI is this name,\n"
  "                             or below it if that is *. and a name; read again at a reload\n"
  "      --accounts=FILE        accounts instead: NAME PASSWORD PLUGIN REQUIRE ...\n"
  "      --defaults-file=FILE   read the options about TLS of its groups mysqld, server and\n"
  "                             mysqld-5.7\n"
  "      --datadir=DIR          look for ca.pem, server-cert.pem and server-key.pem there; make\n"
  "                             them if there is none of them (--auto-generate-certs=OFF: do not)\n"
  "  -?, --help                 show this\n";

/* Sets one option of the program's own; returns 0 if it is unknown or its value is wrong. */
static inline int server_option(struct server_options *to, const struct option *o)
{
  if (option_is(o, "no-defaults")) return 1;
  if (!o->value) return 0;
  if (option_is(o, "port")) return option_number(o, 65535, &to->port);
  if (option_is(o, "bind-address")) return to->address = o->value, 1;
  if (option_is(o, "pid-file")) return to->pid_file = o->value, 1;
  if (option_is(o, "socket")) return to->socket = o->value, 1;
  if (option_is(o, "ticket-keys")) return ticket_keys_file = o->value, 1;
  if (option_is(o, "add-name")) return names_add(o->value);
  if (option_is(o, "user")) return to->account.user = o->value, 1;
  if (option_is(o, "password")) return to->account.password = o->value, 1;
  if (option_is(o, "default-authentication-plugin")) return to->account.plugin = o->value, 1;
  return 0;
}

/* Makes the certificates that a data directory lacks; without one does nothing. */
static inline int server_generate(tlsql_builder *b, tlsql_error *why)
{
  size_t needed = 0;
  tlsql_code rc;
  (void)tlsql_builder_get(b, TLSQL_STR("datadir"), NULL, 0, &needed);
  if (needed <= 1) return 1;                /* the NUL alone: it is not set */
  rc = tlsql_builder_generate(b, TLSQL_STR(MYSQL_VERSION), TLSQL_STR(SERVER_NAMES));
  if (rc) tlsql_builder_explain(b, rc, why);
  return rc == TLSQL_OK;
}

/* Reads the command line: the program's own options into *to, those about TLS into the context that
 * it returns; NULL with the reason in *why. */
static inline tlsql_context *server_configure(int argc, char **argv, struct server_options *to,
                                              tlsql_error *why)
{
  static const char *const letters[] = { "P", "port", "u", "user", "p", "password", NULL };
  const char *file = NULL;
  tlsql_context *ctx = NULL;
  tlsql_builder *b = NULL;
  struct option o;
  int pass, i, good = tlsql_builder_new(TLSQL_SERVER, &b) == TLSQL_OK;

  memset(to, 0, sizeof *to);
  to->address = "127.0.0.1";
  to->port = 3306;
  to->account.user = "root";
  to->account.password = "";
  to->account.plugin = NATIVE_PLUGIN;
  to->accounts = &to->account;
  if (!good) option_fail(why, "no builder for", "TLSQL_SERVER");
  /* What a fault is taken for has to be known before there is one: see tlsql_builder_set(). */
  for (pass = 0; pass < 2; pass++) {
    for (i = 1; good && i < argc;) {
      if (!(good = option_next(argc, argv, &i, letters, &o)))
        option_fail(why, "unknown argument", argv[i - 1]);
      else if (option_is(&o, "tlsql-on-config-error") != (pass == 0)) continue;
      else if (option_is(&o, "defaults-file"))
        good = option_file(&o, b, "mysqld,server,mysqld-5.7", why);
      else if (option_is_tls(&o, b)) good = option_to_builder(&o, b, why);
      else if (option_is(&o, "accounts") && o.value) file = o.value;
      else if (!(good = server_option(to, &o)))
        option_fail(why, "unknown option, or its value is wrong:", o.name);
    }
  }
  if (good && file) good = (to->accounts = accounts_read(file, why)) != NULL;
  if (good && !file) good = account_require(&to->account, "REQUIRE NONE", why);
  if (good) good = server_generate(b, why);
  if (good) good = names_load(b, why, NULL);                /* behind ssl_passphrase */
  if (good) ctx = options_context(b, log_note, why);
  to->builder = b;
  return ctx;
}

#endif
