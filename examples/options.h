/* options.h - the command line as MySQL's programs read it: --name=value, --name value, -n value,
 * -nvalue, --skip-name; '-' and '_' are equal in names.  Options about TLS are passed to the engine
 * by name; the program reads the others itself. */
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

/* Prints the help and returns 1 if the command line asks for it: all options about TLS are those
 * that the engine knows. */
static inline int options_help(int argc, char **argv, const char *text)
{
  int i = 1;
  while (i < argc && strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-?") != 0) i++;
  if (i >= argc) return 0;
  printf("%s\nOptions about TLS, --ssl-..., --tls-... and --tlsql-..., are described in "
         "docs/defaults.md.\n", text);
  return 1;
}

/* Returns 1 for an option that is the engine's: it knows the name, or has to refuse it. */
static inline int option_is_tls(const struct option *o, const tlsql_builder *b)
{
  size_t needed;
  return option_starts(o, "ssl-") || option_starts(o, "tls-") || option_starts(o, "tlsql-") ||
         tlsql_builder_get(b, o->name, strlen(o->name), NULL, 0, &needed) != TLSQL_E_OPTION_NAME;
}

/* Returns 1 for an option that needs no value; if it has one, '=' stands before it. */
static inline int option_is_switch(const struct option *o)
{
  static const char *const switches[] = { "ssl", "ssl-verify-server-cert",
                                          "require-secure-transport", "auto-generate-certs",
                                          "tls-certificates-enforced-validation", "tlsql-strict",
                                          "batch", "skip-column-names", "transcript",
                                          "no-defaults", NULL };
  size_t i = 0;
  while (switches[i] && !option_is(o, switches[i])) i++;
  return switches[i] != NULL;
}

/* Reads the option at argv[*i] and moves *i behind it; returns 0 if it is no option.  `letters`
 * holds pairs: a letter, then the name that it stands for; NULL ends it. */
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

/* Reads the value as a number; returns 0 if it is none, or more than `most`. */
static inline int option_number(const struct option *o, unsigned most, unsigned *to)
{
  char *end = NULL;
  unsigned long n = o->value ? strtoul(o->value, &end, 10) : 0;
  if (!o->value || end == o->value || *end || n > most) return 0;
  *to = (unsigned)n;
  return 1;
}

/* Sets the option in the builder; returns 0 with the reason in *why if the engine refuses it. */
static inline int option_to_builder(const struct option *o, tlsql_builder *b, tlsql_error *why)
{
  const char *value = o->value ? o->value : "";
  tlsql_code rc = tlsql_builder_set(b, o->name, strlen(o->name), value, strlen(value));
  if (rc) tlsql_builder_explain(b, rc, why);
  return rc == TLSQL_OK;
}

/* Reads the options about TLS in these groups of an option file; returns 0 with the reason in *why
 * if one of them cannot be honoured.  What the command line has counts before them. */
static inline int option_file(const struct option *o, tlsql_builder *b, const char *groups,
                              tlsql_error *why)
{
  const char *path = o->value ? o->value : "";
  tlsql_code rc = tlsql_builder_read_options(b, path, strlen(path), groups, strlen(groups));
  if (rc) tlsql_builder_explain(b, rc, why);
  return rc == TLSQL_OK;
}

/* Shows one of the engine's notes on the settings. */
typedef void option_note(const tlsql_builder *b, const tlsql_error *note);

/* Loads the files and returns the context, or NULL with the reason in *why. */
static inline tlsql_context *options_context(tlsql_builder *b, option_note *show, tlsql_error *why)
{
  tlsql_context *ctx = NULL;
  tlsql_code rc = tlsql_builder_load_files(b);
  size_t i;
  if (!rc) rc = tlsql_context_new(b, &ctx);
  for (i = 0; i < tlsql_builder_note_count(b); i++)
    if (!tlsql_builder_note(b, i, why)) show(b, why);
  if (rc) tlsql_builder_explain(b, rc, why);
  return ctx;
}

/* Sets *why to an error of the program's own. */
static inline void option_fail(tlsql_error *why, const char *text, const char *name)
{
  memset(why, 0, sizeof *why);
  why->struct_size = sizeof *why;
  snprintf(why->message, sizeof why->message, "%s '%.64s'", text, name);
}

/* Prints an error as MySQL's programs do, and behind it the name of its code if it has one. */
static inline void option_error(const tlsql_error *e)
{
  fprintf(stderr, "ERROR %u (%s): %s%s%s%s\n", e->mysql_errno ? e->mysql_errno : 2000u,
          e->sqlstate[0] ? e->sqlstate : "HY000", e->message, e->code ? " [" : "",
          e->code ? tlsql_code_name(e->code) : "", e->code ? "]" : "");
}

#endif
