/* client_options.h - the command line of the client programs: the options of the mysql program. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H
#include "options.h"

struct client_options {
  const char *host, *verify_name;           /* NULL: the certificate must name the host */
  const char *socket, *user, *password, *database, *query;
  unsigned port;
  int timeout_ms, transcript, no_names;
};

static const char *const client_help =
  "A MySQL client that runs one statement and prints its rows; options as those of mysql.\n\n"
  "  -h, --host=NAME            the server (localhost)\n"
  "  -P, --port=NUMBER          its port (3306)\n"
  "  -S, --socket=PATH          a Unix socket instead\n"
  "  -u, --user=NAME            the account (root)\n"
  "  -p, --password=TEXT        its password (MYSQL_PWD in the environment, or none)\n"
  "  -D, --database=NAME        the database to begin with\n"
  "  -e, --execute=STATEMENT    what to run (SELECT 1); \\s shows the connection\n"
  "  -N, --skip-column-names    rows only\n"
  "      --verify-name=NAME     the name that the certificate must have, instead of the host\n"
  "      --connect-timeout=N    seconds (10)\n"
  "      --defaults-file=FILE   read the options about TLS of its groups client and mysql\n"
  "      --transcript           show each step of the upgrade\n"
  "  -?, --help                 show this\n";

/* Sets the option; returns 0 if it is unknown or its value is wrong. */
static inline int client_option(struct client_options *to, const struct option *o)
{
  unsigned seconds;
  if (option_is(o, "transcript")) return to->transcript = 1;
  if (option_is(o, "skip-column-names")) return to->no_names = 1;
  if (option_is(o, "batch") || option_is(o, "no-defaults")) return 1;
  if (option_is(o, "password") && !o->value) return 1;     /* from the environment, or empty */
  if (!o->value) return 0;
  if (option_is(o, "port")) return option_number(o, 65535, &to->port);
  if (option_is(o, "connect-timeout") && option_number(o, 86400, &seconds))
    return to->timeout_ms = (int)seconds * 1000, 1;
  if (option_is(o, "host")) return to->host = o->value, 1;
  if (option_is(o, "verify-name")) return to->verify_name = o->value, 1;
  if (option_is(o, "socket")) return to->socket = o->value, 1;
  if (option_is(o, "user")) return to->user = o->value, 1;
  if (option_is(o, "password")) return to->password = o->value, 1;
  if (option_is(o, "database")) return to->database = o->value, 1;
  if (option_is(o, "execute")) return to->query = o->value, 1;
  return 0;
}

/* Prints a note on the settings. */
static inline void client_note(const tlsql_builder *b, const tlsql_error *note)
{
  (void)b;
  fprintf(stderr, "[%s] %s\n", note->severity == TLSQL_SEVERITY_NOTE ? "Note" : "Warning",
          note->message);
}

/* Reads the command line: the program's own options into *to, those about TLS into the context that
 * it returns; NULL with the reason in *why. */
static inline tlsql_context *client_configure(int argc, char **argv, struct client_options *to,
                                              tlsql_error *why)
{
  static const char *const letters[] = { "h", "host", "P", "port", "u", "user", "p", "password",
                                         "e", "execute", "D", "database", "S", "socket",
                                         "B", "batch", "N", "skip-column-names", NULL };
  tlsql_context *ctx = NULL;
  tlsql_builder *b = NULL;
  struct option o;
  tlsql_code rc;
  int i = 1, good = 1;

  memset(to, 0, sizeof *to);
  to->host = "localhost";
  to->port = 3306;
  to->user = "root";
  to->password = getenv("MYSQL_PWD") ? getenv("MYSQL_PWD") : "";
  to->query = "SELECT 1";
  to->timeout_ms = 10000;
  why->struct_size = sizeof *why;
  rc = tlsql_builder_new(TLSQL_CLIENT, &b);
  if (rc) {
    tlsql_code_info(rc, why);
    return NULL;
  }
  while (good && i < argc) {
    good = option_next(argc, argv, &i, letters, &o);
    if (!good) option_fail(why, "unknown argument", argv[i - 1]);
    else if (option_is(&o, "defaults-file")) good = option_file(&o, b, "client,mysql", why);
    else if (option_is_tls(&o, b)) good = option_to_builder(&o, b, why);
    else if (!(good = client_option(to, &o)))
      option_fail(why, "unknown option, or its value is wrong:", o.name);
  }
  if (good) ctx = options_context(b, client_note, why);
  tlsql_builder_free(b);
  return ctx;
}

#endif
