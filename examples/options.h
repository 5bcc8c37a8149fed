/* options.h - the command line as MySQL's programs read it: --name=value, --name value, -n value,
 * -nvalue, --skip-name; '-' and '_' are equal in names.  What is about TLS goes to the engine by
 * its name; the program reads the rest. */
#ifndef OPTIONS_H
#define OPTIONS_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tlsql.h"

struct option {
  char name[64];                            /* with '-' */
  const char *value;                        /* NULL: none was given */
};

static inline int option_is(const struct option *o, const char *name)
{
  return strcmp(o->name, name) == 0;
}

static inline int option_starts(const struct option *o, const char *prefix)
{
  return strncmp(o->name, prefix, strlen(prefix)) == 0;
}

/* Is this one for tlsql_builder_set()? */
static inline int option_is_tls(const struct option *o)
{
  return option_is(o, "ssl") || option_is(o, "require-secure-transport") ||
         option_starts(o, "ssl-") || option_starts(o, "tls-") || option_starts(o, "tlsql-");
}

/* Options that stand alone; a value, if any, comes with '='. */
static inline int option_is_switch(const struct option *o)
{
  static const char *const switches[] = { "ssl", "ssl-verify-server-cert",
                                          "require-secure-transport", "tlsql-strict", "batch",
                                          "skip-column-names", "transcript", "no-defaults", NULL };
  size_t i = 0;
  while (switches[i] && !option_is(o, switches[i])) i++;
  return switches[i] != NULL;
}

/* The option at argv[*i], or NULL as its name is wrong; *i goes on behind it.
 * `letters` holds pairs: a letter, then the name it stands for. */
static inline int option_next(int argc, char **argv, int *i, const char *const *letters,
                              struct option *o)
{
  const char *arg = argv[(*i)++], *name = NULL, *end;
  size_t len, k;

  o->value = NULL;
  if (arg[0] == '-' && arg[1] == '-') {
    name = arg + 2;
    end = strchr(name, '=');
    len = end ? (size_t)(end - name) : strlen(name);
    if (end) o->value = end + 1;
  } else {
    for (; arg[0] == '-' && *letters; letters += 2)
      if (arg[1] == **letters) name = letters[1];
    if (!name) return 0;
    len = strlen(name);
    if (arg[2]) o->value = arg + 2;
  }
  if (len == 0 || len >= sizeof o->name) return 0;
  for (k = 0; k < len; k++) o->name[k] = (char)(name[k] == '_' ? '-' : name[k]);
  o->name[len] = 0;

  if (option_is_switch(o)) {
    if (!o->value) o->value = "1";
  } else if (option_starts(o, "skip-") && !o->value) {
    const char *rest = o->name + strlen("skip-");
    memmove(o->name, rest, strlen(rest) + 1);
    o->value = "0";
  } else if (!o->value && *i < argc && !(option_is(o, "password") && argv[*i][0] == '-')) {
    o->value = argv[(*i)++];
  }
  return 1;
}

/* A number up to `most`; 0 if the value is none. */
static inline int option_number(const struct option *o, unsigned most, unsigned *to)
{
  char *end = NULL;
  unsigned long n = o->value ? strtoul(o->value, &end, 10) : 0;
  if (!o->value || end == o->value || *end || n > most) return 0;
  *to = (unsigned)n;
  return 1;
}

/* 0 with the reason in *why if the engine refuses it. */
static inline int option_to_builder(const struct option *o, tlsql_builder *b, tlsql_error *why)
{
  const char *value = o->value ? o->value : "";
  if (!tlsql_builder_set(b, o->name, strlen(o->name), value, strlen(value))) return 1;
  tlsql_builder_error(b, why);
  return 0;
}

/* The settings in force, or NULL and the reason in *why.  What they made the engine remark goes
 * to stderr, as it goes to a server's error log. */
static inline tlsql_context *options_context(tlsql_builder *b, tlsql_error *why)
{
  tlsql_context *ctx = NULL;
  tlsql_code rc = tlsql_builder_load_files(b);
  size_t i;
  if (!rc) rc = tlsql_context_new(b, &ctx);
  for (i = 0; i < tlsql_builder_note_count(b); i++)
    if (!tlsql_builder_note(b, i, why))
      fprintf(stderr, "[%s] %s\n", why->severity > 1 ? "Warning" : "Note", why->message);
  if (rc) tlsql_builder_error(b, why);
  return ctx;
}

static inline void option_fail(tlsql_error *why, const char *text, const char *name)
{
  memset(why, 0, sizeof *why);
  why->struct_size = sizeof *why;
  snprintf(why->message, sizeof why->message, "%s '%.64s'", text, name);
}

/* One line as MySQL's programs print it, and the engine's own name for an error of its own. */
static inline void option_error(const tlsql_error *e)
{
  fprintf(stderr, "ERROR %u (%s): %s%s%s%s\n", e->mysql_errno ? e->mysql_errno : 2000u,
          e->sqlstate[0] ? e->sqlstate : "HY000", e->message, e->code ? " [" : "",
          e->code ? tlsql_code_name(e->code) : "", e->code ? "]" : "");
}

#endif
